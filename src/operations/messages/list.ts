import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { inboxReasons } from "../../core/tab.ts";
import { AgentId, TaskId } from "../../core/task.ts";
import { ackOf, noteRead } from "../../store/lifecycle/inbox.ts";
import { findTask } from "../../store/tables/ids.ts";
import { inboxRows, readOf, unreadOf, type InboxRow } from "../../store/tables/inbox.ts";
import type { Tx } from "../../store/store.ts";
import { requireActor } from "../acting.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { board, project, request_id } from "../tasks/target.ts";
import { shownAs, type Item, type Notice } from "./shown.ts";

const max = 100;
/** Where nothing is unread, so many of the latest messages are given again. */
const latest = 5;

const ItemShape = z.object({
  id: z.string(),
  number: z.number().int().optional(),
  from: z.string().nullable(),
  to: z.string().optional(),
  about: z.string().describe("The task that it is about, where it is no task of its own").optional(),
  text: z.string(),
  cut: z.number().int().describe("Of a text that is cut: its whole length").optional(),
  at: z.string(),
  priority: z.string(),
  is_new: z.boolean(),
  acked: z.literal(true).optional(),
  reply_to: z.string().optional(),
});
const NoticeShape = z.object({
  reason: z.enum(inboxReasons),
  line: z.string(),
  task_id: z.string().optional(),
  at: z.string(),
});

/**
 * What is in an agent's inbox: what it has not read, the oldest first. What is given counts as read, unless it only peeks. A repeat with the
 * same request_id gives the same again: an answer that was lost loses no message.
 */
export const list = operation({
  summary: "Read your inbox: unread messages and news, oldest first; where there are none, the latest.",
  effect: "write",
  callers: board,
  authority: anyCaller,
  tool: { profile: "board", title: "Read your inbox", omit: ["request_id", "project", "unread", "peek"] },
  tolerates: ["limit"],
  input: () =>
    z.object({
      agentId: AgentId.optional(),
      limit: z.number().int().default(20),
      unread: z.boolean().describe("false: read ones too").optional(),
      ack: z
        .union([z.boolean(), z.array(TaskId).max(max)])
        .describe("Ids to acknowledge; true: all given")
        .optional(),
      peek: z.boolean().describe("Leaves what is given unread").optional(),
      project,
      request_id,
    }),
  output: () =>
    z.object({
      items: z.array(ItemShape),
      notices: z.array(NoticeShape),
      more: z.boolean().describe("Whether more is unread"),
    }),
  run: async (context, input) => {
    const agent = requireActor(context, input.agentId);
    await context.inbox.settled();
    const { items, notices, more } = await context.writeNoted((tx) => looked(tx, context, agent, input), {
      noted: ({ given }) => given,
      remade: async (tx, given) => ({ given, ...(await answerOf(tx, context, given)) }),
    });
    for (const { id, cut } of items)
      if (cut !== undefined)
        context.note(`Of a long message the beginning is given; "cord show ${id}" in a shell has all.`);
    return { items, notices, more };
  },
});

interface Asked {
  limit: number;
  unread?: boolean | undefined;
  ack?: boolean | string[] | undefined;
  peek?: boolean | undefined;
  project?: string | undefined;
}

/** What was given, as far as it has to be known to give it again. */
interface Given {
  rows: number[];
  /** of these, what was new */
  isNew: number[];
  more: boolean;
}

interface Answer {
  items: Item[];
  notices: Notice[];
  more: boolean;
}

async function looked(
  tx: Tx,
  context: Context,
  agent: string,
  asked: Asked,
): Promise<Answer & { given: Given }> {
  if (Array.isArray(asked.ack))
    for (const id of asked.ack) await ackNamed(tx, context, agent, { id, project: asked.project });
  const limit = Math.max(0, Math.min(asked.limit, max));
  const found = await rowsFor(tx, agent, limit, asked.unread);
  const first: Given = { rows: idsOf(found), isNew: idsOf(found.filter(isUnread)), more: false };
  const { shown } = await answerOf(tx, context, first);
  // what there was no room for stays unread
  const given = found.slice(0, shown);
  if (asked.peek !== true) await noteRead(tx, given.filter(isUnread), context.now);
  if (asked.ack === true && asked.peek !== true)
    for (const row of given) if (row.reason === "message") await ackRow(tx, context, agent, row);
  const isNew = idsOf(given.filter(isUnread));
  const unread = await unreadOf(tx, agent, asked.peek === true ? isNew.length + 1 : 1);
  const notes = { rows: idsOf(given), isNew, more: unread.some(({ id }) => !isNew.includes(id)) };
  return { given: notes, ...(await answerOf(tx, context, notes)) };
}

async function rowsFor(
  tx: Tx,
  agent: string,
  limit: number,
  unread: boolean | undefined,
): Promise<InboxRow[]> {
  const fresh = await unreadOf(tx, agent, limit);
  if (unread === true || limit === fresh.length) return fresh;
  if (unread === undefined) return fresh.length > 0 ? fresh : readOf(tx, agent, Math.min(limit, latest));
  return [...fresh, ...(await readOf(tx, agent, limit - fresh.length))];
}

/** Throws `not_found` for what the agent was not sent. */
async function ackNamed(
  tx: Tx,
  context: Context,
  agent: string,
  { id, project: seenFrom }: { id: string; project?: string | undefined },
): Promise<void> {
  const task = await findTask(tx, id, seenFrom);
  if (task !== null && (await ackOf(tx, task, { agent }, context))) return;
  throw new CordError("not_found", `There is no message ${id} in the inbox of ${agent}.`);
}

async function ackRow(tx: Tx, context: Context, agent: string, { task_id }: InboxRow): Promise<void> {
  const task = task_id === null ? null : await findTask(tx, task_id);
  if (task !== null) await ackOf(tx, task, { agent }, context);
}

/** In bytes of JSON: as much as its reader takes. */
const answerBytes = { tab: limits.toolListBytes, human: 1_000_000, node: limits.toolListBytes } as const;

/** The answer that these rows make, and how many of them there is room for. */
async function answerOf(
  tx: Tx,
  { caller }: Context,
  { rows, isNew, more }: Given,
): Promise<Answer & { shown: number }> {
  const items: Item[] = [];
  const notices: Notice[] = [];
  let room: number = answerBytes[caller.kind];
  let shown = 0;
  for (const row of await inboxRows(tx, rows)) {
    const one = await shownAs(tx, row, { isNew: isNew.includes(row.id), room, isFirst: shown === 0 });
    room -= Buffer.byteLength(JSON.stringify(one.item ?? one.notice ?? ""));
    if (room < 0 && shown > 0) break;
    shown += 1;
    if (one.item) items.push(one.item);
    else if (one.notice) notices.push(one.notice);
  }
  return { items, notices, more, shown };
}

function isUnread({ read_at }: InboxRow): boolean {
  return read_at === null;
}

function idsOf(rows: readonly InboxRow[]): number[] {
  return rows.map(({ id }) => id);
}
