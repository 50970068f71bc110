export interface DiffLine {
  readonly mark: " " | "+" | "-" | "@";
  readonly text: string;
}

const CONTEXT = 2;
/** Beyond this many line pairs the changed middle is shown as replaced whole, so that a huge file costs no time. */
const PAIRS = 4_000_000;

/** The lines that differ, each change with two lines around it; "@" lines say where one begins. */
export function diffLines(before: string, after: string): DiffLine[] {
  const script = compare(linesOf(before), linesOf(after));
  const near = script.map((_, index) =>
    script.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ mark }) => mark !== " "),
  );
  const shown: DiffLine[] = [];
  let line = 1;
  for (const [index, entry] of script.entries()) {
    if (near[index] === true) {
      if (near[index - 1] !== true && line > 1) shown.push({ mark: "@", text: `line ${line}` });
      shown.push(entry);
    }
    if (entry.mark !== "-") line++;
  }
  return shown;
}

function compare(before: string[], after: string[]): DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail))
    tail++;
  return [
    ...before.slice(0, head).map((text) => ({ mark: " ", text }) as const),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map((text) => ({ mark: " ", text }) as const),
  ];
}

/** By the longest common subsequence; without it, where the lines are too many, all old ones and then all new ones. */
function middle(before: string[], after: string[]): DiffLine[] {
  const width = after.length + 1;
  const fits = (before.length + 1) * width <= PAIRS;
  const lengths = fits ? commonLengths(before, after, width) : new Uint32Array(0);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  const script: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const old = before[row];
    const fresh = after[column];
    if (old !== undefined && fresh !== undefined && old === fresh && fits) {
      script.push({ mark: " ", text: old });
      row++;
      column++;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      script.push({ mark: "-", text: old });
      row++;
    } else if (fresh !== undefined) {
      script.push({ mark: "+", text: fresh });
      column++;
    }
  }
  return script;
}

/** At row × width + column: how many lines the rests of both texts from there have in common. */
function commonLengths(before: string[], after: string[], width: number): Uint32Array {
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const here = row * width + column;
      const [below = 0, right = 0, beyond = 0] = [
        lengths[here + width],
        lengths[here + 1],
        lengths[here + width + 1],
      ];
      lengths[here] = before[row] === after[column] ? beyond + 1 : Math.max(below, right);
    }
  }
  return lengths;
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
