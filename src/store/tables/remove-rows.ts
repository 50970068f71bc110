import type { Tx, Value } from "../store.ts";

/** Rows of a table, named by columns that are unique together. `where` holds for those that are meant. */
export interface Rows {
  table: string;
  key: readonly string[];
  where: string;
  values: readonly Value[];
}

/**
 * Removes so many of the rows at most, the first by their key, and says how many. What is large is removed by many calls, each a
 * transaction of its own, so that nobody's claim waits for all of them.
 */
export function removeRows(tx: Tx, { table, key, where, values }: Rows, limit: number): Promise<number> {
  const columns = key.join(", ");
  return tx.run(
    `DELETE FROM ${table} WHERE (${columns}) IN (SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${columns} LIMIT ?)`,
    ...values,
    limit,
  );
}
