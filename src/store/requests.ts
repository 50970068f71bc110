import type { Tx } from "./store.ts";

const keptMs = 24 * 60 * 60 * 1000;

/** The first answer to a request, if it was made within the last 24 hours. */
export async function answerTo<T>(tx: Tx, id: string, now: number): Promise<{ answer: T } | null> {
  const row = await tx.get<{ answer: string }>(
    "SELECT answer FROM requests WHERE id = ? AND at > ?",
    id,
    now - keptMs,
  );
  return row && { answer: JSON.parse(row.answer) };
}

export async function keepAnswer(tx: Tx, id: string, answer: unknown, now: number): Promise<void> {
  await tx.run(
    "INSERT INTO requests (id, answer, at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET answer = excluded.answer, at = excluded.at",
    id,
    JSON.stringify(answer ?? null),
    now,
  );
}

export async function forgetRequests(tx: Tx, now: number): Promise<void> {
  await tx.run("DELETE FROM requests WHERE at <= ?", now - keptMs);
}
