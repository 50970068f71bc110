import Table from "cli-table3";
import { plain } from "../../core/text.ts";
import { cut, widthOf } from "../../tui/width.ts";

/** A column of a table. Where the terminal is narrow, the ones that matter least go first, then the wide ones shrink. */
export interface Column<Row> {
  title: string;
  /** Text from anywhere: it is made safe here */
  cell(row: Row): string;
  /** 1 stays longest */
  rank: number;
  /** Not narrower than this, when it has to shrink; without it the column keeps its width */
  least?: number;
}

const gap = 2;

/** Rows as a table without borders that is at most `width` cells wide. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const cells = rows.map((row) => new Map(columns.map((column) => [column, plain(column.cell(row))])));
  const natural = new Map(
    columns.map((column) => [
      column,
      Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row.get(column) ?? ""))),
    ]),
  );
  const kept = columnsThatFit(columns, natural, width);
  const widths = shrunk(kept, natural, width);
  const drawn = new Table({
    head: kept.map((column, at) => cut(column.title, widths[at] ?? 0)),
    colWidths: widths.map((cells, at) => cells + (at === widths.length - 1 ? 0 : gap)),
    chars: borderless,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
  });
  for (const row of cells) drawn.push(kept.map((column, at) => cut(row.get(column) ?? "", widths[at] ?? 0)));
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const borderless = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
    "middle",
  ].map((name) => [name, ""]),
);

type Widths<Row> = ReadonlyMap<Column<Row>, number>;

function columnsThatFit<Row>(columns: readonly Column<Row>[], natural: Widths<Row>, width: number) {
  const kept = [...columns];
  while (kept.length > 1 && total(kept.map((column) => leastOf(column, natural))) > width) {
    const least = kept.reduce((worst, column) => (column.rank > worst.rank ? column : worst));
    kept.splice(kept.indexOf(least), 1);
  }
  return kept;
}

/** The width of each column: what is too much in all is taken from the widest that may shrink. */
function shrunk<Row>(columns: readonly Column<Row>[], natural: Widths<Row>, width: number): number[] {
  const widths = columns.map((column) => natural.get(column) ?? 0);
  for (let over = total(widths) - width; over > 0; over -= 1) {
    const widest = widestShrinkable(columns, widths, natural);
    widths[widest] = Math.max(1, (widths[widest] ?? 0) - 1);
  }
  return widths;
}

/** The last column gives way when no other can. */
function widestShrinkable<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  natural: Widths<Row>,
): number {
  let widest = columns.length - 1;
  let most = -1;
  for (const [at, column] of columns.entries()) {
    const cells = widths[at] ?? 0;
    if (cells <= leastOf(column, natural) || cells <= most) continue;
    [widest, most] = [at, cells];
  }
  return widest;
}

function leastOf<Row>(column: Column<Row>, natural: Widths<Row>): number {
  const full = natural.get(column) ?? 0;
  return Math.min(full, column.least ?? full);
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, cells) => sum + cells, 0) + gap * (widths.length - 1);
}
