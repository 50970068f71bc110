import type { Tx } from "../store.ts";

/** Projects that hold tasks of the board, in the order of their names. Each is one look along an index. */
export async function listProjects(tx: Tx, limit: number): Promise<string[]> {
  const found: string[] = [];
  for (let after = ""; found.length < limit;) {
    const row = await tx.get<{ project: string | null }>(
      "SELECT min(project) AS project FROM tasks WHERE run_id IS NULL AND project > ?",
      after,
    );
    if (row === null || row.project === null) break;
    after = row.project;
    found.push(after);
  }
  return found;
}
