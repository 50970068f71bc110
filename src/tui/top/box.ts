import { plain } from "../../core/text.ts";
import type { Paint, Tone } from "../theme.ts";
import { cut, widthOf } from "../width.ts";

/** A part of a line, in one colour. */
export interface Piece {
  text: string;
  tone?: Tone;
}

export type Line = readonly Piece[];

export interface Box {
  title: string;
  lines: readonly Line[];
  width: number;
  height: number;
}

/** Lines in a frame, exactly as wide and as tall as it says. What does not fit is cut. */
export function box({ title, lines, width, height }: Box, paint: Paint): string[] {
  if (width < 2 || height < 2) return Array.from({ length: Math.max(0, height) }, () => "");
  const inner = width - 2;
  const name = cut(safe(title), inner);
  const side = paint("detail", "│");
  const body = Array.from(
    { length: height - 2 },
    (_, at) => `${side}${fitted(lines[at] ?? [], inner, paint)}${side}`,
  );
  const rule = "─".repeat(inner - widthOf(name));
  return [
    paint("detail", "┌") + name + paint("detail", `${rule}┐`),
    ...body,
    paint("detail", `└${"─".repeat(inner)}┘`),
  ];
}

/** Exactly `width` cells. The door through which all text of the dashboard passes: it is made safe here. */
export function fitted(line: Line, width: number, paint: Paint): string {
  let left = width;
  let text = "";
  for (const piece of line) {
    if (left <= 0) break;
    const shown = cut(safe(piece.text), left);
    left -= widthOf(shown);
    text += piece.tone === undefined ? shown : paint(piece.tone, shown);
  }
  return text + " ".repeat(Math.max(0, left));
}

/** A text as lines of at most `width` cells, `most` lines at the most. */
export function wrapped(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    let rest = line;
    do {
      if (lines.length >= most) return [...lines.slice(0, most - 1), "…"];
      const head = widthOf(rest) <= width ? rest : firstCells(rest, width);
      lines.push(head);
      rest = rest.slice(head.length);
    } while (rest !== "");
  }
  return lines;
}

/** At a blank, if there is one in the last third. */
function firstCells(text: string, width: number): string {
  let end = 0;
  let cells = 0;
  for (const { segment } of graphemes.segment(text.slice(0, width * CODE_UNITS_PER_CELL))) {
    cells += widthOf(segment);
    if (cells > width && end > 0) break;
    end += segment.length;
  }
  const blank = text.lastIndexOf(" ", end);
  return text.slice(0, blank > (end * 2) / 3 ? blank + 1 : end);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const CODE_UNITS_PER_CELL = 16;

/** More than any line can show, and little enough to be cleaned ten times a second. */
const MOST_SHOWN = 4000;

/** Fit for a terminal, as one line. */
export function safe(text: string): string {
  return plain(text.length > MOST_SHOWN ? text.slice(0, MOST_SHOWN) : text);
}
