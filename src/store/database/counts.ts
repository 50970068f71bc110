import type { Counted, Driver } from "../store.ts";

interface Change {
  what: Counted;
  scope: string;
  word: string;
  n: number;
}

/**
 * Counts that have changed and are not written yet. They are written once for all jobs of a batch, in its transaction: so many
 * claims in one commit change two rows, not two each, and what is counted is never looked through.
 */
export class PendingCounts {
  readonly #changes = new Map<string, Change>();

  add(what: Counted, scope: string, word: string, n: number): void {
    const key = `${what} ${word} ${scope}`;
    const change = this.#changes.get(key);
    if (change) change.n += n;
    else this.#changes.set(key, { what, scope, word, n });
  }

  /** Takes over what a job has counted that has done. */
  take(counted: PendingCounts): void {
    for (const { what, scope, word, n } of counted.#changes.values()) this.add(what, scope, word, n);
  }

  /** Those of these scopes, or of all. */
  of(what: Counted, scopes: readonly string[] | null): Pick<Change, "word" | "n">[] {
    return [...this.#changes.values()].filter(
      (change) => change.what === what && (scopes === null || scopes.includes(change.scope)),
    );
  }

  write(driver: Driver): void {
    for (const { what, scope, word, n } of this.#changes.values())
      if (n !== 0) driver.run(writeSql, [what, scope, word, n]);
  }
}

const writeSql = `INSERT INTO counts (what, scope, word, n) VALUES (?, ?, ?, ?)
  ON CONFLICT (what, scope, word) DO UPDATE SET n = counts.n + excluded.n`;

/** How many there are of each word. One that there is none of is left out. */
export function sumOf(counts: readonly Pick<Change, "word" | "n">[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { word, n } of counts) sums.set(word, (sums.get(word) ?? 0) + n);
  for (const [word, n] of sums) if (n === 0) sums.delete(word);
  return sums;
}
