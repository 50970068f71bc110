import { CordError } from "../../core/error.ts";
import type { Tx, Value } from "../store.ts";

/** The row that a query always answers, as one that counts does. Throws `internal` where none comes. */
export async function oneRow<Row>(tx: Tx, sql: string, ...values: Value[]): Promise<Row> {
  const row = await tx.get<Row>(sql, ...values);
  if (row === null) throw new CordError("internal", `A query that always answers had no answer: ${sql}`);
  return row;
}

/** The number `n` of a query that always answers: a count, a sum, or what an update has made of a counter. */
export async function numberOf(tx: Tx, sql: string, ...values: Value[]): Promise<number> {
  return (await oneRow<{ n: number }>(tx, sql, ...values)).n;
}
