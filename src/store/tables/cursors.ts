import type { Tx } from "../store.ts";

/** How far the one of this name has followed the log; null: it has never begun. */
export async function cursorNamed(tx: Tx, name: string): Promise<number | null> {
  return (await tx.get<{ seq: number }>("SELECT seq FROM cursors WHERE name = ?", name))?.seq ?? null;
}

/** It never goes back. */
export async function moveCursor(tx: Tx, name: string, seq: number): Promise<void> {
  await tx.run(
    `INSERT INTO cursors (name, seq) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > cursors.seq`,
    name,
    seq,
  );
}
