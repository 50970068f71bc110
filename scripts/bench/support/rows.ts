/** One figure beside its reference of the same run. `met` is null where there is no bar. */
export interface Row {
  name: string;
  ours: string;
  reference?: string;
  bar?: string;
  met?: boolean | null;
}

const printed: Row[] = [];

/** Prints a row at once, so that a long benchmark shows where it is. */
export function row(made: Row): void {
  if (printed.length === 0) console.log(line("what", "cord", "reference, same run", "bar", "met"));
  printed.push(made);
  console.log(line(made.name, made.ours, made.reference ?? "", made.bar ?? "", verdictOf(made)));
}

/** Prints a heading above the rows that follow. */
export function heading(text: string): void {
  console.log(`\n${text}`);
  printed.length = 0;
}

function verdictOf({ met }: Row): string {
  if (met === undefined || met === null) return "";
  return met ? "yes" : "NO";
}

const widths = [50, 44, 40, 32];

function line(...cells: string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(" ")
    .trimEnd();
}

/** The value below which this share of the sorted values lies; 0 for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

export function rate(perSecond: number): string {
  return `${perSecond >= 10_000 ? `${(perSecond / 1000).toFixed(1)}k` : perSecond.toFixed(0)}/s`;
}

export function mb(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

/** `--quick`: fewer and smaller rounds, for a look. */
export const quick = process.argv.includes("--quick");
