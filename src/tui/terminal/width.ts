import { plain } from "../../core/text.ts";

/** Text measured in terminal cells: a wide character takes two, a combining mark none. */
export function widthOf(text: string): number {
  return Bun.stringWidth(text);
}

/** At most `width` cells of a text without escape sequences; what is cut ends in "…". */
export function cut(text: string, width: number): string {
  if (width <= 0) return "";
  const near = text.length > width * codeUnitsPerCell ? head(text, width * codeUnitsPerCell) : text;
  if (near === text && widthOf(text) <= width) return text;
  const marked = near === text ? text : `${near}…`;
  const sliced = Bun.sliceAnsi(marked, 0, width, "…");
  // When a wide character straddles the edge, the slice and its mark are one cell too wide.
  return widthOf(sliced) <= width ? sliced : Bun.sliceAnsi(marked, 0, width - 1, "…");
}

/** Exactly `width` cells: cut or filled with spaces. */
export function pad(text: string, width: number): string {
  const fitting = cut(text, width);
  return fitting + " ".repeat(Math.max(0, width - widthOf(fitting)));
}

/**
 * A text as at most `maxLines` lines of at most `width` cells, broken between words; a word that is longer than a
 * line is broken itself. What is left out shows as "…".
 */
export function wrap(text: string, width: number, maxLines: number): string[] {
  const lines: string[] = [];
  const sources = text.split("\n", maxLines + 1);
  for (const [at, source] of sources.entries()) {
    let rest = source;
    do {
      const isLast = lines.length === maxLines - 1;
      if (isLast && at < sources.length - 1) return [...lines, cut(`${rest}…`, width)];
      const head = isLast || widthOf(rest) <= width ? rest : firstLine(rest, width);
      lines.push(cut(head.trimEnd(), width));
      if (isLast) return lines;
      rest = rest.slice(head.length);
    } while (rest !== "");
  }
  return lines;
}

/** Up to the last blank that fits, unless the word behind it is longer than a line or there is only indentation before it. */
function firstLine(text: string, width: number): string {
  let end = 0;
  let cells = 0;
  const near = text.slice(0, width * codeUnitsPerCell);
  for (const { segment } of graphemes.segment(near)) {
    cells += widthOf(segment);
    if (cells > width && end > 0) break;
    end += segment.length;
  }
  const blank = near.lastIndexOf(" ", end);
  const word = /^\S*/.exec(near.slice(blank + 1))?.[0] ?? "";
  const isBetweenWords = near.slice(0, Math.max(0, blank)).trim() !== "" && widthOf(word) <= width;
  return text.slice(0, isBetweenWords ? blank + 1 : end);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Bounds how many combining marks one cell may carry, so that a text of no width cannot fill a line for ever. */
const codeUnitsPerCell = 16;

function head(text: string, length: number): string {
  return text
    .slice(0, length)
    .toWellFormed()
    .replace(/\ufffd$/, "");
}

/** More than any line can show, and little enough to be cleaned ten times a second. */
const maxShown = 4000;

/** Fit for a terminal, as one line. */
export function safe(text: string): string {
  return plain(text.length > maxShown ? text.slice(0, maxShown) : text);
}
