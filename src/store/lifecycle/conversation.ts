import { CordError } from "../../core/error.ts";
import type { Claimant } from "../../core/lease.ts";
import { refusalOf } from "../../core/lifecycle.ts";
import { limits } from "../../core/limits.ts";
import { textOf, type Message } from "../../core/message.ts";
import type { Moment } from "../../core/moment.ts";
import { beginningOf } from "../../core/text.ts";
import { finalStates } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { addMessage, requireRoom } from "../tables/messages.ts";
import { questionOf, type Question } from "../tables/node-row.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { changeTask, moveTask, setColumns } from "../tables/tasks.ts";
import { unheld } from "./settle.ts";
import { lease, requireHolder } from "./transitions.ts";

/** How much of what is said an event shows. The message of its seq has all. */
const shownText = 200;

/** A line of its holder's about a task. Throws `stale_lease` and `conflict` as a completion does, and `limit`. */
export async function sayOf(
  tx: Tx,
  row: TaskRow,
  message: Message,
  claimant: Claimant,
  when: Moment,
): Promise<TaskRow> {
  requireHolder(row, claimant, when);
  // who names nobody is taken for the holder, if there is one
  if (row.state !== "claimed") throw refusalOf("extend", `it is ${row.state}`);
  await requireRoom(tx, row.id, message);
  const data = { by: row.claimed_by, text: beginningOf(textOf(message), shownText) };
  const said = await changeTask(tx, row, { type: "task.said", data }, when.now, {});
  await addMessage(tx, said, { by: row.claimed_by, message }, when.now);
  return said;
}

/**
 * Puts its holder's question to whoever sent the task. The task waits for the answer: the lease ends, so nothing takes
 * the task from who asked. Throws as sayOf.
 */
export async function askAbout(
  tx: Tx,
  row: TaskRow,
  { options, message }: { options: string[]; message: Message },
  claimant: Claimant,
  when: Moment,
): Promise<TaskRow> {
  requireHolder(row, claimant, when);
  await requireRoom(tx, row.id, message);
  const question: Question = {
    question: textOf(message),
    options,
    default: null,
    target: "human",
    epoch: row.epoch,
  };
  const changes = { lease_until: null, lease_due: null, question: JSON.stringify(question) };
  const data = { by: row.claimed_by, question: question.question };
  const asked = await moveTask(tx, row, "ask", when.now, changes, data);
  await addMessage(tx, asked, { by: row.claimed_by, message }, when.now);
  return asked;
}

/** The open question of a task, with which one of the board waits, and an ask of a run is pending; null if it has none. */
export function openQuestionOf(row: TaskRow): Question | null {
  return row.state === (row.run_id === null ? "waiting" : "pending") ? questionOf(row) : null;
}

/**
 * The same question, as its asker has put it before: still open, or answered and not heard yet. A call that was cut off
 * is made again, and puts no second question; its options need not be said again.
 */
export function questionAskedBefore(
  row: TaskRow,
  { question, options }: Pick<Question, "question" | "options">,
  { agentId, epoch }: Claimant,
): Question | null {
  const before = row.run_id === null ? questionOf(row) : null;
  if (before === null || before.heard !== undefined) return null;
  const areOptionsSame = options.length === 0 || JSON.stringify(before.options) === JSON.stringify(options);
  const isSame = before.question === question && areOptionsSame;
  const isAsker = agentId === undefined || agentId === row.claimed_by;
  if (!isSame || !isAsker) return null;
  if (row.state === "waiting") return epoch === undefined || epoch === row.epoch ? before : null;
  return row.state === "claimed" && row.epoch === (before.epoch ?? 0) + 1 ? before : null;
}

/** Notes that the asker was given the answer with the call that asked. */
export async function noteAnswerHeard(tx: Tx, row: TaskRow): Promise<void> {
  const question = questionOf(row);
  if (question) await setColumns(tx, row, { question: JSON.stringify({ ...question, heard: row.epoch }) });
}

interface Answer {
  answer: string;
  message: Message;
  by: string;
  /** whether the agent that asked is there no more */
  isAskerGone: boolean;
}

/**
 * Answers the open question of a task of the board: it goes on with the agent that asked, under a new epoch and a
 * lease as long as the one before, or is pending again. Throws `conflict` for a task without an open question.
 */
export async function answerQuestion(
  tx: Tx,
  row: TaskRow,
  { answer, message, by, isAskerGone }: Answer,
  when: Moment,
): Promise<TaskRow> {
  const question = openQuestionOf(row);
  if (question === null) throw noOpenQuestion(row);
  const answered = { question: JSON.stringify({ ...question, answer }) };
  const again = {
    claimed_by: row.claimed_by,
    claimed_at: when.now,
    ...lease(row.lease_ms ?? limits.leaseSeconds.default * 1000, when),
    epoch: row.epoch + 1,
  };
  const changes = { ...answered, ...(isAskerGone ? unheld : again) };
  const data = { by, answer: beginningOf(answer, shownText) };
  const moved = await moveTask(tx, row, "reply", when.now, changes, data);
  await addMessage(tx, moved, { by, message }, when.now);
  return moved;
}

/** Keeps what somebody says to whoever works on a task, or will. Throws `conflict` once it has ended, and `limit`. */
export async function tellOf(
  tx: Tx,
  row: TaskRow,
  message: Message,
  by: string,
  now: number,
): Promise<TaskRow> {
  if (finalStates.includes(row.state))
    throw new CordError("conflict", `task cannot be told anything: it is ${row.state}`);
  await requireRoom(tx, row.id, message);
  const text = textOf(message);
  // an engine takes what it tells a node's agent from the event
  const data = { by, text: row.run_id === null ? beginningOf(text, shownText) : text };
  const told = await changeTask(tx, row, { type: "task.told", data }, now, {});
  await addMessage(tx, told, { by, message }, now);
  return told;
}

function noOpenQuestion({ number, state }: TaskRow): CordError {
  return new CordError("conflict", `task ${number} has no open question: it is ${state}`, {
    toAgents: `This task has no open question: it is ${state}.`,
  });
}
