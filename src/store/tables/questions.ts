import type { Tx } from "../store.ts";
import { setColumns } from "./tasks.ts";
import { asNode, questionOf, type NodeRow, type Question } from "./node-row.ts";
import type { TaskRow } from "./task-row.ts";

/** What children of a node have asked it and wait to hear; asker is the number of the child. */
export async function questionsTo(tx: Tx, parentId: string): Promise<(Question & Asked)[]> {
  const asks = await tx.all<TaskRow & Asked>(
    `SELECT tasks.*, asker.number AS asker, (SELECT min(events.seq) FROM events WHERE events.task_id = tasks.id) AS asked_seq
     FROM tasks JOIN tasks AS asker ON asker.id = tasks.parent_id
     WHERE asker.parent_id = ? AND tasks.kind = 'ask' AND tasks.state = 'pending' ORDER BY tasks.number`,
    parentId,
  );
  return asks.flatMap((ask) => {
    const question = questionOf(ask);
    if (question?.target !== "parent") return [];
    return [{ ...question, number: ask.number, asker: ask.asker, asked_seq: ask.asked_seq }];
  });
}

/** The numbers of a run's open questions to a person, the first of them. */
export async function openAsks(tx: Tx, runId: string, limit: number): Promise<number[]> {
  const rows = await tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE run_id = ? AND state = 'pending' AND kind = 'ask'",
    runId,
  );
  const asks = rows.filter((row) => questionOf(row)?.target === "human").map(({ number }) => number);
  return asks.toSorted((left, right) => left - right).slice(0, limit);
}

interface Asked {
  number: number;
  asker: number;
  /** of the event that it began with */
  asked_seq: number;
}

/**
 * A node's latest question with the same content, open or answered: an attempt that was cut off, or did not wait long
 * enough, asks it again. Not one whose answer this attempt was already given: then it asks anew.
 */
export async function askedBefore(tx: Tx, asker: NodeRow, wanted: Question): Promise<NodeRow | undefined> {
  const rows = await tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE parent_id = ? AND kind = 'ask' AND state IN ('pending', 'completed') ORDER BY number DESC",
    asker.id,
  );
  return rows.map(asNode).find((row) => {
    const question = questionOf(row);
    return question !== null && question.heard !== asker.epoch && isSame(question, wanted);
  });
}

function isSame(one: Question, other: Question): boolean {
  return asked(one) === asked(other);
}

function asked({ question, options, target }: Question): string {
  return JSON.stringify([question, options, target]);
}

/** Notes that the asker got an answer while it works: it then needs no synthesis for that question. */
export async function noteHeard(tx: Tx, ask: TaskRow, epoch: number): Promise<void> {
  const question = questionOf(ask);
  if (question) await setColumns(tx, ask, { question: JSON.stringify({ ...question, heard: epoch }) });
  const asker = await tx.get<TaskRow>("SELECT * FROM tasks WHERE id = ? AND epoch = ?", ask.parent_id, epoch);
  if (asker && asker.children - asker.open_children > asker.seen_children)
    await setColumns(tx, asker, { seen_children: asker.seen_children + 1 });
}
