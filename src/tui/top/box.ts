import type { Paint, Tone } from "../terminal/theme.ts";
import { cut, safe, widthOf } from "../terminal/width.ts";

/** A part of a line, in one colour. */
export interface Piece {
  text: string;
  tone?: Tone;
}

export type Line = readonly Piece[];

interface Box {
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

/** Exactly `width` cells. All text of the dashboard passes here and is made safe. */
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

/** One column: the text, cut, and at least one blank before the next. None where its width is 0. */
export function column(text: string, width: number, tone?: Tone): Piece[] {
  if (width === 0) return [];
  const shown = cut(safe(text), width - 1);
  const gap = { text: " ".repeat(Math.max(0, width - widthOf(shown))) };
  return [tone === undefined ? { text: shown } : { text: shown, tone }, gap];
}
