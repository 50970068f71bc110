/** Text measured in terminal cells: a wide character takes two, a combining mark none. */
export function widthOf(text: string): number {
  return Bun.stringWidth(text);
}

/** At most `width` cells of a text without escape sequences; what is cut ends in "…". */
export function cut(text: string, width: number): string {
  if (width <= 0) return "";
  const near = text.length > width * CODE_UNITS_PER_CELL ? head(text, width * CODE_UNITS_PER_CELL) : text;
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

/** Bounds how many combining marks one cell may carry, so that a text of no width cannot fill a line for ever. */
const CODE_UNITS_PER_CELL = 16;

function head(text: string, length: number): string {
  return text
    .slice(0, length)
    .toWellFormed()
    .replace(/\ufffd$/, "");
}
