import { z } from "zod";
import { textOf, type StoredMessage } from "../../core/message.ts";
import { limits } from "../../core/limits.ts";
import { beginningOf, plain } from "../../core/text.ts";
import { finalStates, nodeName } from "../../core/words.ts";
import type { Services } from "../../operations/context.ts";
import { openQuestionOf } from "../../store/lifecycle/conversation.ts";
import { findTask } from "../../store/tables/ids.ts";
import { countMessages, messagesOf } from "../../store/tables/messages.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { actorOf, onlyHandle, takenBack, taskIn, type Call, type Hold, type Tab } from "./tab.ts";

/**
 * What was said of the tasks that an agent holds, has asked about, or has sent, since it heard of them last: a sentence for each task, once.
 * Also that a task which it claims came with messages.
 */
export async function newsFor(services: Services, tab: Tab, call: Call, result: unknown): Promise<News> {
  const claimed = call.operation.lease === "takes" ? taskIn(result) : null;
  const came = claimed === null ? [] : await messagesNote(services, claimed.id);
  const said = await saidNotes(services, tab, call, result);
  return { notes: [...came, ...said.values()], about: [...said.keys()] };
}

interface News {
  notes: string[];
  /** the tasks of which they say what is new */
  about: string[];
}

async function messagesNote({ store }: Services, id: string): Promise<string[]> {
  const count = await store.read((tx) => countMessages(tx, id));
  return count === 0
    ? []
    : [`It has ${count === 1 ? "a message" : `${count} messages`}: tasks_get gives them.`];
}

/** By the task that a note is about. */
async function saidNotes(
  services: Services,
  tab: Tab,
  call: Call,
  result: unknown,
): Promise<Map<string, string>> {
  const notes = new Map<string, string>();
  if (tab.news.size === 0) return notes;
  const actor = actorOf(call.operation, call.input) ?? onlyHandle(tab);
  for (const id of tab.news) {
    const hold = tab.holds.get(id) ?? (id === call.heldId ? call.hold : undefined);
    const owner = hold?.agent ?? tab.asked.get(id)?.agent;
    // sub-agents share their tab's session: each is told of its own tasks
    if (owner !== undefined && owner !== actor) continue;
    tab.news.delete(id);
    const heard = hold?.heard ?? tab.asked.get(id)?.heard ?? 0;
    const told = await services.store.read(async (tx) => {
      const row = await findTask(tx, id);
      return row && { row, messages: await messagesOf(tx, id, limits.messages, { since: heard }) };
    });
    // it may have ended, or its project be gone, while there was no daemon to hear of it
    if (told === null || finalStates.includes(told.row.state)) tab.sent.delete(id);
    if (told === null) continue;
    const isRead = taskIn(result)?.id === id && WithMessages.safeParse(result).success;
    const isSent = hold === undefined && !tab.asked.has(id);
    const note = isSent
      ? sentNote(told.row)
      : hold
        ? heldNote(told, hold, isRead)
        : askedNote(tab, told, services.monotonic());
    if (note !== null) notes.set(id, note);
  }
  return notes;
}

/** A result that holds what was said of a task. */
const WithMessages = z.object({ messages: z.array(z.unknown()) });

interface Told {
  row: TaskRow;
  /** since its agent heard of it last */
  messages: readonly StoredMessage[];
}

/** What was said to its holder; null: nothing that it has not just read. */
function heldNote({ row, messages }: Told, hold: Hold, isRead: boolean): string | null {
  const fresh = messages.filter(({ role }) => role === "ROLE_USER");
  const { isAnswered } = hold;
  Object.assign(hold, { heard: row.seq, isAnswered: false });
  if (fresh.length === 0 || (isRead && !isAnswered)) return null;
  const [first, ...others] = isAnswered ? fresh : fresh.slice(-1);
  if (first === undefined) return null;
  const count = isAnswered ? others.length : fresh.length - 1;
  const more = count > 0 ? ` There ${count === 1 ? "is one message" : `are ${count} messages`} more.` : "";
  const whole = ` tasks_get has all that was said.`;
  return isAnswered
    ? `Your question about ${nameOf(row)} was answered, and you hold it again (epoch ${hold.epoch}): ${said(first)}.${more}${whole}`
    : `${plain(first.by ?? "somebody")} says of ${nameOf(row)}: ${said(first)}.${more}${whole}`;
}

/** What became of a task that its agent has asked about and does not hold; null while it waits. */
function askedNote(tab: Tab, { row, messages }: Told, monotonic: number): string | null {
  const asked = tab.asked.get(row.id);
  if (asked === undefined || row.state === "waiting") return null;
  const isBack = row.state === "claimed" && row.claimed_by === asked.agent && row.epoch === asked.epoch + 1;
  if (isBack) return heldNote({ row, messages }, takenBack(tab, row.id, asked, monotonic), false);
  tab.asked.delete(row.id);
  const answered = messages.find(({ role }) => role === "ROLE_USER");
  const answer = answered === undefined ? "" : `, and the answer was: ${said(answered)}`;
  const next = row.state === "pending" ? " Claim it to go on." : "";
  return `You hold ${nameOf(row)} no more, about which you had asked: it is ${row.state}${answer}.${next}`;
}

/** That a task which it sent asks; null once that is answered. */
function sentNote(row: TaskRow): string | null {
  const question = openQuestionOf(row);
  if (question === null) return null;
  const shown = question.options.map((option) => JSON.stringify(beginningOf(plain(option), shownName)));
  const options = shown.length === 0 ? "" : ` (${shown.join(", ")})`;
  const text = JSON.stringify(beginningOf(plain(question.question), shownText));
  return `${plain(row.claimed_by ?? "its agent")} asks about ${nameOf(row)}, which you sent: ${text}${options}. It waits for your tasks_answer.`;
}

const shownName = 80;
const shownText = 500;

function nameOf({ number, run_id, name }: TaskRow): string {
  const numbered = run_id === null ? `task ${number}` : nodeName(number);
  return `${numbered} ${JSON.stringify(beginningOf(plain(name), shownName))}`;
}

function said(message: StoredMessage): string {
  return JSON.stringify(beginningOf(plain(textOf(message)), shownText));
}
