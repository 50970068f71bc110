import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { State, WholeTask } from "../../core/task.ts";
import { LatestCount, searchLatest, type Latest } from "../../store/lists/latest.ts";
import { taskAt } from "../../store/tables/ids.ts";
import { getRun, type RunRow } from "../../store/tables/runs.ts";
import type { Store, Tx } from "../../store/store.ts";
import type { Asking } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { requireCurrent } from "../subject.ts";
import { inSteps } from "./look.ts";
import { wholeTask } from "./read.ts";
import { sizeOf } from "./short.ts";

/** The longest time that is taken for one, in characters. */
const timeLength = 40;

const input = () =>
  z.object({
    context_id: z
      .string()
      .min(1)
      .max(limits.messageIdLength)
      .describe("A run, what was sent in a conversation, or the id of a task that is in none")
      .optional(),
    states: z.array(State).max(State.options.length).optional(),
    asking: z.boolean().describe("Only tasks with an open question; false: only those without").optional(),
    after: z
      .string()
      .max(timeLength)
      .describe("Only what has changed at this time or later, RFC 3339")
      .optional(),
    limit: z.number().int().min(1).max(100).default(50),
    messages: z
      .number()
      .int()
      .min(0)
      .max(limits.messages)
      .describe("How many of the newest of each")
      .default(0),
    artifacts: z.boolean().describe("With its artifacts").default(false),
    cursor: z.string().max(64).describe("next, of the page before").optional(),
  });
type Asked = z.output<ReturnType<typeof input>>;

/**
 * Lists tasks of the board and nodes of runs, the latest change first, a page at a time, and counts them all. A cursor is good
 * for the same question only. A node sees its own run.
 */
export const latest = operation({
  summary:
    "List tasks of the board and of runs by their latest change, newest first, with how many there are.",
  effect: "read",
  callers: ["human", "tab", "node"],
  authority: { act: "read", find: runSeen },
  input,
  output: () =>
    z.object({
      items: z.array(WholeTask),
      total: z.number().int(),
      next: z.string().describe("Where the next page starts").optional(),
    }),
  run: async (context, asked) => {
    const { store } = context;
    const run = await context.read(async (_, { run }) => run?.id ?? null);
    const wanted = wantedBy(asked, run);
    const before = placeIn(asked.cursor, wanted);
    const total = before?.total ?? (await totalOf(store, wanted));
    const search = searchLatest(wanted, before?.seq ?? null, asked.limit + 1);
    await inSteps(store, async (tx) => (await search.step(tx)) || null);
    const found = search.found.slice(0, asked.limit);
    const items = await fitting(
      context,
      asked,
      found.map(({ ordinal }) => ordinal),
    );
    const last = found[items.length - 1];
    const isMore = search.found.length > items.length;
    return { items, total, ...(isMore && last ? { next: cursorOf(last.key, total, wanted) } : {}) };
  },
});

/** A node's run, which is all that it sees; none for others. */
async function runSeen(tx: Tx, asking: Asking): Promise<{ run?: RunRow }> {
  const { caller } = asking;
  if (caller.kind !== "node") return {};
  await requireCurrent(tx, asking);
  return { run: await getRun(tx, caller.runId) };
}

function wantedBy({ context_id, states, asking, after }: Asked, run: string | null): Latest {
  return {
    context: context_id ?? null,
    run,
    states: states === undefined || states.length === 0 ? null : states,
    isAsking: asking ?? null,
    after: after === undefined ? null : timeIn(after),
  };
}

function timeIn(text: string): number {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new CordError(
    "invalid",
    "after: it must be a time as RFC 3339 writes it, such as 2026-01-31T12:00:00Z.",
  );
}

function totalOf(store: Store, wanted: Latest): Promise<number> {
  const count = new LatestCount(wanted);
  return inSteps(store, (tx) => count.step(tx));
}

/** As much of the tasks' texts as a page holds, in bytes; it has one task at least. */
const pageBytes = 1_000_000;

/** The first of these tasks, as many as a page has room for. */
async function fitting({ store }: Context, asked: Asked, ordinals: readonly number[]): Promise<WholeTask[]> {
  const items: WholeTask[] = [];
  let bytes = 0;
  for (const ordinal of ordinals) {
    const task = await store.read((tx) => shownTask(tx, ordinal, asked));
    bytes += sizeOf(task);
    if (items.length > 0 && bytes > pageBytes) break;
    items.push(task);
  }
  return items;
}

async function shownTask(tx: Tx, ordinal: number, { messages, artifacts }: Asked): Promise<WholeTask> {
  const whole = await wholeTask(tx, await taskAt(tx, ordinal), messages);
  if (!artifacts) delete whole.artifacts;
  return whole;
}

/** Where a page ended, how many there were when the first was read, and what was asked. */
function cursorOf(seq: number, total: number, wanted: Latest): string {
  return `l${seq}.${total}.${hashOf(wanted)}`;
}

/** Throws `invalid` for what is no cursor, and for one of another question. */
function placeIn(cursor: string | undefined, wanted: Latest): { seq: number; total: number } | null {
  if (cursor === undefined || cursor === "") return null;
  const [, seq, total, hash] = /^l(\d{1,15})\.(\d{1,15})\.([0-9a-z]+)$/.exec(cursor) ?? [];
  if (hash === hashOf(wanted)) return { seq: Number(seq), total: Number(total) };
  throw new CordError(
    "invalid",
    "cursor: it must be the next of a page, given back with the same context_id, states, asking and after. Leave it out to start anew.",
    { data: { parameter: "cursor" } },
  );
}

function hashOf(wanted: Latest): string {
  return Bun.hash(JSON.stringify(Object.values(wanted))).toString(36);
}
