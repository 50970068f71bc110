/** The known word that another is a slip of the pen away from; undefined if there is none. */
export function meantBy(word: string, known: Iterable<string>): string | undefined {
  let best: { name: string; slips: number } | undefined;
  for (const name of known) {
    const slips = slipsBetween(word, name);
    if (slips <= slipsIn(name) && slips < (best?.slips ?? Number.POSITIVE_INFINITY)) best = { name, slips };
  }
  return best?.name;
}

/** Short words are close to many that mean something else. */
function slipsIn({ length }: string): number {
  if (length <= 3) return 0;
  return length <= 5 ? 1 : 2;
}

/** Characters to add, leave out, change or swap with their neighbour; Infinity for words whose lengths are far apart. */
function slipsBetween(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= one.length; row += 1) {
    rows.push([row]);
    for (let column = 1; column <= other.length; column += 1) {
      const [a, b] = [one[row - 1], other[column - 1]];
      const swapped = a === other[column - 2] && b === one[row - 2] ? at(row - 2, column - 2) + 1 : Infinity;
      const changed = at(row - 1, column - 1) + (a === b ? 0 : 1);
      rows[row]?.push(Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, changed, swapped));
    }
  }
  return at(one.length, other.length);
}
