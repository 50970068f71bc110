import type { Tx } from "./store.ts";
import { moveTask, setColumns } from "./tasks.ts";
import type { TaskRow } from "./task-row.ts";

/** An ask's particulars, as they lie in the question column. */
export interface Question {
  question: string;
  options: string[];
  default: string | null;
  target: "human" | "parent";
}

export function questionOf(row: TaskRow): Question | null {
  return row.question === null ? null : JSON.parse(row.question);
}

/** What children of a node have asked it and wait to hear; asker is the number of the child. */
export async function questionsTo(tx: Tx, parentId: string): Promise<(Question & Asked)[]> {
  const asks = await tx.all<TaskRow & { asker: number }>(
    `SELECT tasks.*, asker.number AS asker FROM tasks JOIN tasks AS asker ON asker.id = tasks.parent_id
     WHERE asker.parent_id = ? AND tasks.kind = 'ask' AND tasks.state = 'pending' ORDER BY tasks.number`,
    parentId,
  );
  return asks.flatMap((ask) => {
    const question = questionOf(ask);
    if (question?.target !== "parent") return [];
    return [{ ...question, number: ask.number ?? 0, asker: ask.asker, askedAt: ask.created_at }];
  });
}

interface Asked {
  number: number;
  asker: number;
  askedAt: number;
}

/** A node that waits is woken by what its children have asked it since then; what it was shown before it knows. */
export async function wakeIfAsked(tx: Tx, row: TaskRow, since: number, now: number): Promise<TaskRow> {
  if (row.state !== "waiting") return row;
  const asked = await questionsTo(tx, row.id);
  if (!asked.some(({ askedAt }) => askedAt >= since)) return row;
  return moveTask(tx, row, "asked", now, { phase: "synthesis" });
}

/** An answer that the asker heard while it worked needs no synthesis: it is one child less that the node has not seen. */
export async function noteHeard(tx: Tx, askerId: string, epoch: number): Promise<void> {
  const asker = await tx.get<TaskRow>("SELECT * FROM tasks WHERE id = ? AND epoch = ?", askerId, epoch);
  if (asker && asker.children - asker.open_children > asker.seen_children)
    await setColumns(tx, asker.id, { seen_children: asker.seen_children + 1 });
}
