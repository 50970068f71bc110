import { plain } from "../../core/text.ts";
import type { Key } from "./keys.ts";
import { widthOf } from "./width.ts";

/** A line being typed. The cursor is an index into the text, always between two graphemes. */
export interface LineInput {
  text: string;
  cursor: number;
}

export const emptyLine: LineInput = { text: "", cursor: 0 };

/** What one key makes of a line. Keys that mean nothing here, enter among them, leave it as it is. */
export function edit(line: LineInput, key: Key): LineInput {
  const { text, cursor } = line;
  switch (key.name) {
    case "text":
      return {
        text: text.slice(0, cursor) + key.text + text.slice(cursor),
        cursor: cursor + key.text.length,
      };
    case "backspace":
      return without(text, previous(text, cursor), cursor);
    case "delete":
      return without(text, cursor, next(text, cursor));
    case "ctrl-u":
      return without(text, 0, cursor);
    case "ctrl-k":
      return without(text, cursor, text.length);
    case "ctrl-w":
      return without(text, text.slice(0, cursor).trimEnd().lastIndexOf(" ") + 1, cursor);
    case "left":
      return { text, cursor: previous(text, cursor) };
    case "right":
      return { text, cursor: next(text, cursor) };
    case "home":
    case "ctrl-a":
      return { text, cursor: 0 };
    case "end":
    case "ctrl-e":
      return { text, cursor: text.length };
    default:
      return line;
  }
}

/** One terminal line with the part of the text around the cursor, and the column where the cursor stands. */
export function inputLine(label: string, line: LineInput, width: number): { text: string; column: number } {
  if (width < 1) return { text: "", column: 0 };
  const head = fromEnd(plain(label), Math.floor(width / 2));
  const room = width - widthOf(head) - 1;
  const before = fromEnd(plain(line.text.slice(0, line.cursor)), room);
  const after = fromStart(plain(line.text.slice(line.cursor)), room - widthOf(before));
  return { text: head + before + after, column: widthOf(head) + widthOf(before) };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function without(text: string, from: number, to: number): LineInput {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

/** No grapheme that a person types is longer than this many code units; it bounds the search. */
const maxGraphemeLength = 64;

function previous(text: string, cursor: number): number {
  const start = Math.max(0, cursor - maxGraphemeLength);
  const last = [...graphemes.segment(text.slice(start, cursor))].at(-1);
  return last === undefined ? cursor : start + last.index;
}

function next(text: string, cursor: number): number {
  const [first] = graphemes.segment(text.slice(cursor, cursor + maxGraphemeLength));
  return first === undefined ? cursor : cursor + first.segment.length;
}

function fromEnd(text: string, width: number): string {
  return width < 1 ? "" : Bun.sliceAnsi(text, Math.max(0, widthOf(text) - width));
}

function fromStart(text: string, width: number): string {
  if (width < 1) return "";
  const sliced = Bun.sliceAnsi(text, 0, width);
  return widthOf(sliced) <= width ? sliced : Bun.sliceAnsi(text, 0, width - 1);
}
