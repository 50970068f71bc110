import Table from "cli-table3";
import { plain } from "../core/text.ts";
import { painter, type Tone } from "../tui/terminal/theme.ts";
import { cut, widthOf } from "../tui/terminal/width.ts";

/** A column of a table. On a narrow terminal the least important columns are dropped or shrink first. */
export interface Column<Row> {
  title: string;
  /** Text from anywhere: it is made safe here */
  cell(row: Row): string;
  /** 1 stays longest */
  rank: number;
  /** Not narrower than this, when it has to shrink; without it the column keeps its width */
  min?: number;
  /** How a cell is painted, where there are colours */
  tone?(row: Row): Tone | undefined;
  /** False: it has nothing to tell of these rows, and is left out */
  isTold?: boolean;
}

/** What a table is drawn for. */
export interface Look {
  /** in cells */
  width: number;
  color: boolean;
}

const gap = 2;

/** Rows as a table without borders that is no wider than it may be. */
export function table<Row>(all: readonly Column<Row>[], rows: readonly Row[], look: Look): string {
  const { width, color } = look;
  const columns = all.filter(({ isTold = true }) => isTold);
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
    head: kept.map((column, at) => painter(color)("detail", cut(column.title, widths[at] ?? 0))),
    colWidths: widths.map((cells, at) => cells + (at === widths.length - 1 ? 0 : gap)),
    chars: borderless,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
  });
  const paint = painter(color);
  for (const [index, row] of rows.entries()) {
    const shown = kept.map((column, at) => {
      const text = cut(cells[index]?.get(column) ?? "", widths[at] ?? 0);
      const tone = column.tone?.(row);
      return tone === undefined ? text : paint(tone, text);
    });
    drawn.push(shown);
  }
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
  while (kept.length > 1 && total(kept.map((column) => minWidthOf(column, natural))) > width) {
    const last = kept.reduce((worst, column) => (column.rank > worst.rank ? column : worst));
    kept.splice(kept.indexOf(last), 1);
  }
  return kept;
}

/** The width of each column: the least important columns are shortened first. */
function shrunk<Row>(columns: readonly Column<Row>[], natural: Widths<Row>, width: number): number[] {
  const widths = columns.map((column) => natural.get(column) ?? 0);
  const yielding = [...columns.entries()].toSorted(([, left], [, right]) => right.rank - left.rank);
  for (const [at, column] of yielding) {
    const over = Math.max(0, total(widths) - width);
    widths[at] = Math.max(minWidthOf(column, natural), (widths[at] ?? 0) - over);
  }
  // nothing gives way any more: the one column that is left is cut
  if (columns.length === 1) return [Math.min(widths[0] ?? 0, width)];
  return widths;
}

function minWidthOf<Row>(column: Column<Row>, natural: Widths<Row>): number {
  const full = natural.get(column) ?? 0;
  return Math.min(full, column.min ?? full);
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, cells) => sum + cells, 0) + gap * (widths.length - 1);
}
