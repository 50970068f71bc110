import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { matcher, type Sought } from "../../core/filter.ts";
import { tabBounds } from "../../core/limits.ts";
import { postedIn } from "../../core/project.ts";
import { AgentId, State, TaskId } from "../../core/task.ts";
import { oneLine, plain } from "../../core/text.ts";
import { messageKind } from "../../core/words.ts";
import { soughtBy, WatchFilter, type Watched } from "../../core/watch.ts";
import { historyOf, lastSeq } from "../../store/tables/events.ts";
import { archivedById, wasArchived } from "../../store/tables/archives.ts";
import { findTask, taskAt, wholeIds } from "../../store/tables/ids.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import {
  countWatches,
  filterOf,
  findWatch,
  insertWatch,
  removeWatch,
  watchesOf,
  type WatchRow,
} from "../../store/tables/watches.ts";
import { time } from "../../store/tables/time.ts";
import type { Tx } from "../../store/store.ts";
import { requireActor } from "../acting.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { lookFor } from "./look.ts";
import { board, project, request_id } from "./target.ts";

const Watch = z.object({
  id: z.string(),
  filter: WatchFilter,
  once: z.boolean(),
  until: z.string().optional(),
  note: z.string().optional(),
});
type Watch = z.infer<typeof Watch>;

const Matching = z.object({ id: z.string(), number: z.number().int(), name: z.string(), state: State });
type Matching = z.infer<typeof Matching>;

const { min, max } = tabBounds.watchMinutes;
/** As many of the tasks that match already as an answer names. */
const named = 5;

/**
 * Watches for tasks without a call that waits: what matches is put into the agent's inbox, which wakes its tab. A watch outlives daemon and
 * tab, until its first match, its time, or its end by `cancel`. What matches already is said, and is the match of one that is for once.
 */
export const watch = operation({
  summary: "Be told when a task matches, and go on meanwhile. Without a filter: list your watches.",
  effect: "write",
  callers: board,
  authority: anyCaller,
  tool: {
    profile: "board",
    title: "Watch for tasks",
    omit: ["priority", "to", "claimed_by", "request_id", "project"],
  },
  input: () =>
    z.object({
      ...WatchFilter.shape,
      ids: z.array(TaskId).max(tabBounds.watchedTasks).describe("Their ends, if no state").optional(),
      once: z.boolean().default(true),
      minutes: z.number().int().min(min).max(max).optional(),
      note: z.string().max(tabBounds.noteLength).describe("Told with a match").optional(),
      cancel: z.string().max(64).describe("A watch's id").optional(),
      agentId: AgentId.optional(),
      project,
      request_id,
    }),
  output: () =>
    z.object({
      watch: Watch.nullable().describe("The new one; null where it has matched already"),
      matching: z.array(Matching).describe("What matches already").optional(),
      watches: z.array(Watch),
    }),
  run: async (context, { agentId, cancel, ...asked }) => {
    const agent = requireActor(context, agentId);
    // one that had another name just now has its watches under this one then
    await context.inbox.settled();
    const filter = filterIn(asked);
    const isFiltered = Object.keys(filter).length > 0;
    const change = async () => {
      const row = await context.write(async (tx) => {
        if (cancel !== undefined) await cancelWatch(tx, agent, cancel);
        return isFiltered ? insertedWatch(tx, context, agent, { ...asked, filter }) : null;
      });
      return row === null ? { watch: null } : begun(context, row);
    };
    const isChange = cancel !== undefined || isFiltered;
    const made = isChange ? await context.inbox.changingWatches(agent, change) : { watch: null };
    const watches = await context.store.read((tx) => watchesOf(tx, agent));
    return { ...made, watches: watches.flatMap(shown) };
  },
});

/** What a call asks for of a filter. A list of nothing asks for nothing. */
function filterIn(asked: WatchFilter): WatchFilter {
  const given = Object.entries(asked).filter(
    ([field, value]) =>
      value !== undefined &&
      !(Array.isArray(value) && value.length === 0) &&
      Object.hasOwn(WatchFilter.shape, field),
  );
  return WatchFilter.parse(Object.fromEntries(given));
}

/** Throws `not_found` for one that is another's, or none. Its id may be shortened. */
async function cancelWatch(tx: Tx, agent: string, id: string): Promise<void> {
  const own = await watchesOf(tx, agent);
  const meant = own.filter((row) => row.id.startsWith(id.toLowerCase()));
  const [row, ...others] = meant;
  if (row === undefined || others.length > 0 || id.length < 4)
    throw new CordError("not_found", `There is no watch ${plain(id)} of ${plain(agent)}.`);
  await removeWatch(tx, row.id);
}

interface Asked {
  filter: WatchFilter;
  once: boolean;
  minutes?: number | undefined;
  note?: string | undefined;
  project?: string | undefined;
}

async function insertedWatch(tx: Tx, context: Context, agent: string, asked: Asked): Promise<WatchRow> {
  await requireRoom(tx, agent);
  const row = await rowOf(tx, context, agent, asked);
  await insertWatch(tx, row);
  return row;
}

/**
 * The watch is there before it is looked whether anything matches: nothing that comes meanwhile is missed. A repeat of the call may
 * find that it has ended.
 */
async function begun(
  context: Context,
  row: WatchRow,
): Promise<{ watch: Watch | null; matching?: Matching[] }> {
  const filter = filterOf(row) ?? {};
  const matching = await matchingNow(context, soughtBy(filter, row.project));
  const answer = matching.length === 0 ? {} : { matching };
  if (row.once === 1 && matching.length > 0) {
    await context.store.write((tx) => removeWatch(tx, row.id));
    context.note("It matches already, so nothing is watched for.");
    return { watch: null, ...answer };
  }
  const isThere = (await context.store.read((tx) => findWatch(tx, row.id))) !== null;
  return { watch: isThere ? (shown(row)[0] ?? null) : null, ...answer };
}

async function requireRoom(tx: Tx, agent: string): Promise<void> {
  const own = (await watchesOf(tx, agent)).length;
  if (own >= tabBounds.watchesPerAgent)
    throw new CordError("limit", `An agent has at most ${tabBounds.watchesPerAgent} watches: cancel some.`);
  if ((await countWatches(tx)) >= tabBounds.watches)
    throw new CordError("limit", `There are ${tabBounds.watches} watches, and no room for more.`);
}

async function rowOf(
  tx: Tx,
  context: Context,
  agent: string,
  { filter, once, minutes, note, project: from }: Asked,
): Promise<WatchRow> {
  const ids = filter.ids === undefined ? {} : { ids: await wholeIds(tx, filter.ids, from) };
  for (const id of ids.ids ?? []) await refuseArchived(tx, id);
  return {
    id: context.newId(),
    agent,
    project: postedIn(from),
    filter: JSON.stringify({ ...filter, ...ids }),
    once: Number(once),
    until_at: minutes === undefined ? null : context.now + minutes * 60_000,
    note: note === undefined ? null : oneLine(plain(note)),
    seq: await lastSeq(tx),
    created_at: context.now,
  };
}

/** Nothing comes of a task that was archived any more. */
async function refuseArchived(tx: Tx, id: string): Promise<void> {
  const archived = await archivedById(tx, id);
  if (archived !== null) throw wasArchived(archived);
}

/** What a watch's filter lets through just now, the newest first. */
async function matchingNow({ store }: Context, { ids, isWork, ...filter }: Watched): Promise<Matching[]> {
  if (ids !== undefined) return store.read((tx) => matchingOf(tx, filter, ids));
  const look = await lookFor(store, { filter, order: "newest", limit: isWork ? lookedAt : named });
  const tasks = await Promise.all(look.ordinals.map((ordinal) => store.read((tx) => taskAt(tx, ordinal))));
  return tasks
    .filter(({ kind }) => !isWork || kind !== messageKind)
    .slice(0, named)
    .map(matchingIn);
}

/** So many are looked at for work among messages. */
const lookedAt = 100;

/** Of tasks that are named: as their latest events tell, which have all that a filter asks for. */
async function matchingOf(tx: Tx, filter: Sought, ids: readonly string[]): Promise<Matching[]> {
  const matches = matcher(filter);
  const found: Matching[] = [];
  for (const id of ids) {
    const row = await findTask(tx, id);
    const [latest] = row === null ? [] : await historyOf(tx, row.id, 1);
    if (row !== null && latest !== undefined && matches(latest)) found.push(matchingIn(row));
  }
  return found.slice(0, named);
}

function matchingIn({ id, number, name, state }: TaskRow): Matching {
  return { id, number, name, state };
}

/** None for a row that a newer program wrote. */
function shown(row: WatchRow): Watch[] {
  const filter = filterOf(row);
  if (filter === null) return [];
  return [
    {
      id: row.id,
      filter,
      once: row.once === 1,
      ...(row.until_at === null ? {} : { until: time(row.until_at) }),
      ...(row.note === null ? {} : { note: row.note }),
    },
  ];
}
