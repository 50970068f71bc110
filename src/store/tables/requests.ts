import type { Tx } from "../store.ts";
import { parseJson } from "../../core/json.ts";

/** By the daemon's monotonic clock, as `at` is. */
const keptMs = 24 * 60 * 60 * 1000;

/** The first answer to a request, if it was made within the last 24 hours. */
export async function answerTo<T>(tx: Tx, id: string, monotonic: number): Promise<{ answer: T } | null> {
  const row = await tx.get<{ answer: string }>(
    "SELECT answer FROM requests WHERE id = ? AND at > ?",
    id,
    monotonic - keptMs,
  );
  return row && { answer: parseJson(row.answer) };
}

export async function keepAnswer(tx: Tx, id: string, answer: unknown, monotonic: number): Promise<void> {
  await tx.run(
    "INSERT INTO requests (id, answer, at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET answer = excluded.answer, at = excluded.at",
    id,
    JSON.stringify(answer ?? null),
    monotonic,
  );
}

export async function forgetRequests(tx: Tx, monotonic: number): Promise<void> {
  await tx.run("DELETE FROM requests WHERE at <= ?", monotonic - keptMs);
}
