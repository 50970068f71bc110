import type { Counted, Driver } from "../store.ts";

interface Change {
  what: Counted;
  scope: string;
  word: string;
  n: number;
}

/**
 * Counts what the jobs of a batch change, in their order, and writes it once for all of them in their transaction:
 * many claims in one commit change two rows in all, and a count never scans a table.
 */
export class PendingCounts {
  readonly #changes: Change[] = [];

  /** How much was counted so far. */
  get length(): number {
    return this.#changes.length;
  }

  add(what: Counted, scope: string, word: string, n: number): void {
    this.#changes.push({ what, scope, word, n });
  }

  /** Forgets what a job has counted that failed: all behind this length. */
  cutTo(length: number): void {
    this.#changes.length = length;
  }

  /** Those of these scopes, or of all. */
  of(what: Counted, scopes: readonly string[] | null): Pick<Change, "word" | "n">[] {
    return this.#changes.filter(
      (change) => change.what === what && (scopes === null || scopes.includes(change.scope)),
    );
  }

  write(driver: Driver): void {
    for (const { what, scope, word, n } of this.#sums())
      if (n !== 0) driver.run(writeSql, [what, scope, word, n]);
  }

  /** There are few, so each is found by looking at those there are, without a key to be made for it. */
  #sums(): Change[] {
    const sums: Change[] = [];
    for (const { what, scope, word, n } of this.#changes) {
      const known = sums.find((sum) => sum.word === word && sum.what === what && sum.scope === scope);
      if (known) known.n += n;
      else sums.push({ what, scope, word, n });
    }
    return sums;
  }
}

const writeSql = `INSERT INTO counts (what, scope, word, n) VALUES (?, ?, ?, ?)
  ON CONFLICT (what, scope, word) DO UPDATE SET n = counts.n + excluded.n`;

/** The count of each word. Counts of 0 are left out. */
export function sumOf(counts: readonly Pick<Change, "word" | "n">[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { word, n } of counts) sums.set(word, (sums.get(word) ?? 0) + n);
  for (const [word, n] of sums) if (n === 0) sums.delete(word);
  return sums;
}
