import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { Filter, wordsOf, type Sought } from "../../core/filter.ts";
import { lazily } from "../../core/lazily.ts";
import { AgentId, State, Task, Word } from "../../core/task.ts";
import { limits } from "../../core/limits.ts";
import { beginningOf, plain } from "../../core/text.ts";
import { shortIdsOf, wholeIds } from "../../store/tables/ids.ts";
import type { Order, PageCursor } from "../../store/lists/listing.ts";
import { countFor, lookFor, pieces, type Look } from "./look.ts";
import { anyCaller } from "../authority.ts";
import { operation, Streamed } from "../operation.ts";
import type { Context } from "../context.ts";
import { awaited } from "./awaited.ts";
import { cutShort, only, sizeOf } from "./short.ts";
import { nextMatch } from "./next-match.ts";
import { board } from "./target.ts";

const input = lazily(() =>
  z.object({
    ...Filter.shape,
    all_projects: z.boolean().describe("Not only this project's").optional(),
    limit: z.number().int().default(50).describe("Up to 1000"),
    wait_ms: z.number().int().min(0).default(0).describe("Up to 60000"),
    cursor: z.string().max(64).describe("next, of the page before").optional(),
    full: z.boolean().describe("Payloads and results whole").optional(),
    fields: z.array(Word).max(64).describe("Only these fields").optional(),
  }),
);
type Asked = z.output<ReturnType<typeof input>>;

const listed = lazily(() =>
  z.object({
    ...input().shape,
    agentId: AgentId.describe("Who waits: what it gives is no news to that agent").optional(),
  }),
);

/**
 * Lists tasks of the board, or the nodes of a named run, newest first; with `ready`, or when waiting for pending
 * tasks, in the order for taking them. With wait_ms, and nothing found, the call is held open until a task matches;
 * `[]` when the wait ends. A list too long for memory is written in pieces, each with its tasks as they are then.
 */
export const list = operation({
  summary: "List tasks, newest first; with wait_ms, block until one matches.",
  effect: "read",
  callers: board,
  authority: anyCaller,
  tolerates: ["limit", "wait_ms", "kind", "priority", "state"],
  input: listed,
  output: () => z.array(Task),
  holdsOpen: waitMsOf,
  waitsFor: awaited,
  run: async (context, { agentId, ...asked }) => {
    const shape = shapeOf(asked, true);
    const answer =
      agentId !== undefined && asked.wait_ms > 0
        ? await waitedFor(context, asked, agentId)
        : await lookOrWait(context, asked, limitOf(asked));
    if ("task" in answer) return [shape(answer.task)];
    return answer.tasks
      ? answer.tasks.map(shape)
      : new Streamed(shaped(pieces(context.store, answer), shape));
  },
});

/** As tasks/list, a page at a time: short unless `full`, of a bounded size, and with `next` where there is more. */
export const page = operation({
  summary:
    "List tasks, newest first; with wait_ms, block until one matches (pending: until one is ready, most urgent first). Of kinds, priorities and states it takes several: a,b. Long texts are cut; tasks_get has them.",
  effect: "read",
  callers: board,
  authority: anyCaller,
  tool: {
    name: "tasks_list",
    profile: "board",
    title: "List or await tasks",
    max: { wait_ms: limits.toolWaitMs },
    omit: ["project", "ignore_ids", "run_id", "fields"],
  },
  input,
  output: () =>
    z.object({
      items: z.array(Task),
      next: z.string().describe("Where the next page starts").optional(),
      seq: z.number().int().describe("The log's end when this was read").optional(),
    }),
  holdsOpen: waitMsOf,
  waitsFor: awaited,
  run: async (context, given) => {
    const asked = withStatesNoted(context, given);
    const shape = shapeOf(asked, false);
    const limit = limitOf(asked);
    const answer = await lookOrWait(context, asked, limit === 0 ? 0 : limit + 1);
    if ("task" in answer) return { items: [shape(answer.task)] };
    const { items, more } = await fitting(context, answer, shape, limit);
    const last = answer.cursors[items.length - 1];
    const next = more && last ? { next: cursorOf(orderOf(asked), last) } : {};
    return { items, ...next, seq: answer.seq };
  },
});

/** How many tasks a list would hold that had no limit. */
export const count = operation({
  summary: "Count tasks; above 10000 the count is 10000, and more is true.",
  effect: "read",
  callers: board,
  authority: anyCaller,
  input: () => z.object({ ...Filter.shape, all_projects: z.boolean().optional() }),
  output: () => z.object({ count: z.number().int(), more: z.boolean() }),
  run: async (context, asked) => {
    const filter = await soughtOf(context, { ...asked, limit: 0, wait_ms: 0 });
    const found = await countFor(context.store, filter, maxCounted + 1);
    return { count: Math.min(found, maxCounted), more: found > maxCounted };
  },
});

const maxCounted = 10_000;

/** Ids as scripts print and type them, in the order in which they are given. */
export const shortIds = operation({
  summary: "The beginnings of ids that are enough to name these tasks.",
  effect: "read",
  callers: ["human"],
  authority: anyCaller,
  input: () => z.object({ ids: z.array(z.string().max(64)).max(limits.listed) }),
  output: () => z.array(z.string()),
  run: ({ store, now }, { ids }) => store.read((tx) => shortIdsOf(tx, ids, now)),
});

/** Old clients ask for any number: more than the most is the most, and less than none is none. */
function limitOf({ limit }: Asked): number {
  return Math.max(0, Math.min(limit, limits.listed));
}

/** An agent that guesses a state, such as open or done, would read an empty list, or wait for what cannot come. */
function withStatesNoted(context: Context, asked: Asked): Asked {
  const words = wordsOf(asked.state) ?? [];
  const unknown = words.filter((word) => !State.safeParse(word).success);
  if (unknown.length === 0) return asked;
  const said = plain(unknown.slice(0, maxWordsSaid).join(", "));
  context.note(`No task is ever ${said}. The states are ${State.options.join(", ")}.`);
  return unknown.length === words.length ? { ...asked, wait_ms: 0 } : asked;
}

const maxWordsSaid = 4;

/** Throws `invalid` for a field that no task has: a list of nothing would tell of no slip. */
function shapeOf({ full, fields }: Asked, isFull: boolean): (task: Task) => Task {
  const unknown = fields?.find((field) => !Object.hasOwn(Task.shape, field));
  if (unknown !== undefined)
    throw new CordError(
      "invalid",
      `fields: no task has ${plain(beginningOf(unknown, 64))}. There are: ${Object.keys(Task.shape).join(", ")}.`,
    );
  return (task) => only((full ?? isFull) ? task : cutShort(task), fields);
}

/**
 * As a call of its tab's, a wait of an agent's own: it is not woken for what comes by it, which counts as told. What else comes meanwhile
 * does wake it: the wait of a shell may last for hours, and says nothing of that.
 */
async function waitedFor(context: Context, asked: Asked, agent: string): Promise<Look | { task: Task }> {
  let held: (() => void) | null = null;
  const onArrival = () => void (held ??= context.presence.hold(agent));
  const onMiss = () => {
    held?.();
    held = null;
  };
  try {
    const answer = await lookOrWait(context, asked, limitOf(asked), { onArrival, onMiss });
    const given = "task" in answer ? [answer.task] : (answer.tasks ?? []);
    await context.inbox.heard(
      agent,
      given.map(({ id }) => id),
      "listed",
    );
    return answer;
  } finally {
    onMiss();
  }
}

/** What there is now, or else the one task that comes first. */
async function lookOrWait(
  context: Context,
  asked: Asked,
  limit: number,
  hearing: { onArrival?: () => void; onMiss?: () => void } = {},
): Promise<Look | { task: Task }> {
  const order = orderOf(asked);
  const listing = { filter: await soughtOf(context, asked), order, limit, after: cursorIn(asked, order) };
  const look = () => lookFor(context.store, listing);
  const waitMs = waitMsOf(asked);
  return waitMs === 0 ? look() : nextMatch(context, listing, look, { waitMs, ...hearing });
}

/** Who asks for no task waits for none. */
function waitMsOf(asked: Asked): number {
  return limitOf(asked) === 0 ? 0 : Math.min(asked.wait_ms, limits.waitMs);
}

/**
 * A wait for pending tasks is a wait for work: it gives ready tasks and leaves out those that wait for their needs,
 * unless asked otherwise.
 */
async function soughtOf({ store }: Context, asked: Asked): Promise<Sought> {
  const { kind, priority, ready, name_contains, to, claimed_by, since, run_id = null, project } = asked;
  const state = ready === undefined || asked.state !== undefined ? asked.state : "pending";
  const where = project === undefined || asked.all_projects === true ? {} : { project };
  const sought = { kind, priority, state, ready, name_contains, to, claimed_by, since, run_id, ...where };
  const ids = asked.ignore_ids ?? [];
  const ignored =
    ids.length === 0 ? {} : { ignore_ids: await store.read((tx) => wholeIds(tx, ids, project)) };
  const waitsForWork = asked.wait_ms > 0 && ready === undefined && wordsOf(state)?.includes("pending");
  return { ...sought, ...ignored, ...(waitsForWork ? { unblocked: true } : {}) };
}

function orderOf({ ready, state, since, wait_ms }: Asked): Order {
  const states = wordsOf(state);
  const isForWork = wait_ms > 0 && ready === undefined && states?.every((word) => word === "pending");
  if (ready === true || isForWork) return "ready";
  return since === undefined ? "newest" : "changed";
}

const letters = { newest: "n", ready: "r", changed: "c" } as const satisfies Record<Order, string>;

function cursorOf(order: Order, { standing, key }: PageCursor): string {
  return `${letters[order]}${standing}.${key}`;
}

/** Where a page starts. Throws `invalid` for a cursor that is none, or that is one of another order. */
function cursorIn({ cursor }: Asked, order: Order): PageCursor | undefined {
  if (cursor === undefined || cursor === "") return undefined;
  const [, letter, standing, key] = /^([nrc])(\d{1,2})\.(\d{1,15})$/.exec(cursor) ?? [];
  if (letter === letters[order]) return { standing: Number(standing), key: Number(key) };
  throw new CordError(
    "invalid",
    "cursor: it must be the next of a page, given back with the same state, ready and since. Leave it out to start anew.",
  );
}

async function* shaped(
  source: AsyncIterable<readonly Task[]>,
  shape: (task: Task) => Task,
): AsyncGenerator<Task[]> {
  for await (const tasks of source) yield tasks.map(shape);
}

/** The size of a whole page. */
const pageBytes = { tab: limits.toolListBytes, human: 1_000_000 } as const;

/** As many tasks as a page has room for, and at least one: what is too long even alone is cut. */
async function fitting(
  { store, caller }: Context,
  look: Look,
  shape: (task: Task) => Task,
  limit: number,
): Promise<{ items: Task[]; more: boolean }> {
  const max = caller.kind === "tab" ? pageBytes.tab : pageBytes.human;
  const items: Task[] = [];
  let bytes = 0;
  for await (const tasks of pieces(store, look)) {
    for (const task of tasks) {
      const whole = shape(task);
      const item = items.length === 0 && sizeOf(whole) > max ? cutShort(whole) : whole;
      bytes += sizeOf(item);
      if (items.length === limit || (items.length > 0 && bytes > max)) return { items, more: true };
      items.push(item);
    }
  }
  return { items, more: false };
}
