import { widthOf } from "./terminal/width.ts";

interface TableLook {
  width: number;
  align: readonly ("center" | "left" | "right" | null)[];
  rule(length: number): string;
}

/**
 * A table in columns, with wrapped cells where needed; if even that is too wide, each row as a list of its cells.
 * Cells may contain escape sequences for colours, and otherwise only text.
 */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { width, align, rule }: TableLook,
): string[] {
  const natural = header.map((title, column) =>
    Math.max(1, ...[title, ...rows.map((cells) => cells[column] ?? "")].map(widthOf)),
  );
  const widths = fitted(natural, width - gap.length * (header.length - 1));
  if (widths === null) return listed(header, rows);
  const total = widths.reduce((sum, cells) => sum + cells, 0) + gap.length * (widths.length - 1);
  return [
    ...rowLines(header, widths, align),
    rule(total),
    ...rows.flatMap((cells) => rowLines(cells, widths, align)),
  ];
}

const gap = "  ";
const minColumn = 8;

/** The widths of the columns in so much room: the widest give way first. Null when there are too many of them. */
function fitted(natural: readonly number[], room: number): number[] | null {
  const widths = [...natural];
  let over = widths.reduce((sum, cells) => sum + cells, 0) - room;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= minColumn) return null;
    const column = widths.indexOf(widest);
    const next = Math.max(minColumn, ...widths.filter((_, at) => at !== column && widths[at] !== widest));
    const cut = Math.min(over, Math.max(1, widest - next));
    widths[column] = widest - cut;
    over -= cut;
  }
  return widths;
}

function rowLines(cells: readonly string[], widths: readonly number[], align: TableLook["align"]): string[] {
  const columns = widths.map((width, column) =>
    Bun.wrapAnsi(cells[column] ?? "", width, { hard: true }).split("\n"),
  );
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((lines, column) => aligned(lines[line] ?? "", widths[column] ?? 1, align[column]))
      .join(gap)
      .trimEnd(),
  );
}

function aligned(text: string, width: number, align: TableLook["align"][number] | undefined): string {
  const free = Math.max(0, width - widthOf(text));
  const before = align === "right" ? free : align === "center" ? Math.floor(free / 2) : 0;
  return `${" ".repeat(before)}${text}${" ".repeat(free - before)}`;
}

function listed(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return rows.flatMap((cells, row) => [
    ...(row === 0 ? [] : [""]),
    ...cells.map((cell, column) => `${header[column] ?? ""}: ${cell}`),
  ]);
}
