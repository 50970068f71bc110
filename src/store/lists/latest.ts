import { askKind, finalStates, states as allStates, type State } from "../../core/words.ts";
import { standingsOf } from "../../core/standing.ts";
import type { Tx } from "../store.ts";
import { lastSeq, seqAt } from "../tables/events.ts";
import { numberOf } from "../tables/one-row.ts";
import type { RunRow } from "../tables/runs.ts";
import { inStates, joined, term, whereOf, type Conditions } from "./conditions.ts";
import { areFew, fewEntries, type Part } from "./parts.ts";
import { Scan, windows } from "./scans.ts";
import { Search, type Group } from "./search.ts";

/** Which tasks are wanted, of the board and of runs alike. */
export interface Latest {
  /** only those of this context: a run's nodes, what was sent in it, or the one task that has none but itself */
  context: string | null;
  /** only nodes of this run, whatever the context */
  run: string | null;
  /** null: all */
  states: readonly State[] | null;
  /** only those with an open question, or only those without; null: both */
  isAsking: boolean | null;
  /** only what has changed at this time or after it, by the wall clock */
  after: number | null;
}

/** Counts a part of them at a time. */
interface Counter {
  isDone: boolean;
  count(tx: Tx): Promise<{ found: number; cost: number }>;
}

/** Looks for the tasks that changed last, newest first; `before` is the seq at which the page before ended. */
export function searchLatest(wanted: Latest, before: number | null, limit: number): Search {
  return new Search({ order: "changed", limit }, async (tx) => [await scansFor(tx, wanted, before)]);
}

/**
 * Counts them all, in steps as short as those of a search. What the counts that are kept can tell is not looked
 * through.
 */
export class LatestCount {
  readonly #wanted: Latest;
  #parts: Counter[] | null = null;
  #found = 0;

  constructor(wanted: Latest) {
    this.#wanted = wanted;
  }

  /** Goes on for a while. The number when all are counted, null before. */
  async step(tx: Tx): Promise<number | null> {
    if (this.#parts === null) {
      const kept = await keptCount(tx, this.#wanted);
      this.#found += kept?.count ?? 0;
      this.#parts = kept?.rest ?? [...(await countsFor(tx, this.#wanted))];
    }
    for (let budget = stepBudget; budget > 0;) {
      const part = this.#parts.find(({ isDone }) => !isDone);
      if (!part) return this.#found;
      const { found, cost } = await part.count(tx);
      this.#found += found;
      budget -= cost;
    }
    return null;
  }
}

/** See Search: a millisecond or two of work. */
const stepBudget = 20_000;

async function scansFor(tx: Tx, wanted: Latest, before: number | null): Promise<Group> {
  const { context, run } = wanted;
  if (run !== null) {
    if (context !== null && context !== run) return [];
    return [await eventsScan(tx, wanted, before, run)];
  }
  if (context === null) return (await fewScans(tx, wanted, before)) ?? [await eventsScan(tx, wanted, before)];
  const isRun = (await numberOf(tx, "SELECT count(*) AS n FROM runs WHERE id = ?", context)) > 0;
  return [
    contextScan(wanted, before, context),
    aloneScan(wanted, before, context),
    ...(isRun ? [await eventsScan(tx, wanted, before, context)] : []),
  ];
}

/** Where counting looks: at tasks rather than at events, of which each task has several. */
async function countsFor(tx: Tx, wanted: Latest): Promise<Group> {
  const { context, run, after } = wanted;
  if (run !== null) return context !== null && context !== run ? [] : [nodesScan(wanted, run)];
  if (context !== null)
    return [contextScan(wanted, null, context), aloneScan(wanted, null, context), nodesScan(wanted, context)];
  if (after !== null && (await lastSeq(tx)) - (await seqAt(tx, after - 1)) < manyEvents)
    return [await eventsScan(tx, wanted, null)];
  return [wholeScan(asked(wanted), "tasks.ordinal", joined([]), null)];
}

/** To look at so many events costs as much as to look through the tasks of a large board. */
const manyEvents = 100_000;

/** What is asked of a task, its place apart. */
function asked({ states, isAsking, after }: Latest): Conditions {
  return joined([
    states && inStates(states),
    isAsking === null ? null : term(isAsking ? hasQuestion : `NOT ${hasQuestion}`),
    after === null ? null : term("tasks.updated_at >= ?", after),
  ]);
}

/** A task of the board waits with its question; a node's question is a node of its own. */
const isAsk = `(tasks.state = 'pending' AND tasks.kind = '${askKind}')`;
const hasQuestion = `(CASE WHEN tasks.run_id IS NULL THEN tasks.state = 'waiting' AND tasks.question IS NOT NULL ELSE ${isAsk} END)`;

/** In the order of events, of all tasks or of a run's. A task's seq names its latest event. */
async function eventsScan(tx: Tx, wanted: Latest, before: number | null, run?: string): Promise<Scan> {
  const { states, after } = wanted;
  const words = states?.map((state) => `'${state}'`).join(", ");
  return new Scan({
    entries: "events",
    along: "events.seq",
    key: "events.seq",
    where: run === undefined ? joined([]) : term("events.run_id = ?", run),
    // never without a term: of the newest million events none may be the latest of its task
    rest: joined([
      term(words === undefined ? "events.task_id IS NOT NULL" : `events.state IN (${words})`),
      asked(wanted),
    ]),
    isWhole: false,
    backwards: true,
    from: before,
    until: after === null ? null : await seqAt(tx, after - 1),
    window: windows.events,
  });
}

function contextScan(wanted: Latest, before: number | null, context: string): Scan {
  return new Scan({
    entries: "tasks",
    along: "tasks.seq",
    key: "tasks.seq",
    where: term("tasks.context_id = ?", context),
    rest: asked(wanted),
    isWhole: false,
    backwards: true,
    from: before,
    until: null,
    window: windows.rows,
  });
}

/** The one task whose context is itself. */
function aloneScan(wanted: Latest, before: number | null, id: string): Scan {
  const alone = term("tasks.id = ? AND tasks.run_id IS NULL AND tasks.context_id IS NULL", id);
  return wholeScan(asked(wanted), "tasks.ordinal", alone, before);
}

function nodesScan(wanted: Latest, run: string): Scan {
  return wholeScan(asked(wanted), "tasks.number", term("tasks.run_id = ?", run), null);
}

/** Reads all there is, and gives the newest. */
function wholeScan(
  rest: Conditions,
  along: string,
  where: Conditions,
  before: number | null,
  entries: "tasks" | "claimed" = "tasks",
): Scan {
  return new Scan({
    entries,
    along,
    key: "tasks.seq",
    where,
    rest: before === null ? rest : joined([rest, term("tasks.seq < ?", before)]),
    isWhole: true,
    backwards: true,
    from: null,
    until: null,
    window: windows.rows,
  });
}

/**
 * Where few tasks can be what is wanted all of them are read: the last of them may have changed a million events ago.
 * Null where they are many.
 */
async function fewScans(tx: Tx, wanted: Latest, before: number | null): Promise<Group | null> {
  if (wanted.states === null || wanted.after !== null) return null;
  const board = await fewOfBoard(tx, wanted, before);
  const nodes = board && (await fewNodes(tx, wanted, wanted.states, before));
  return nodes && [...board, nodes];
}

/** What is claimed has an index of its own: the backlog at its standings may be long. */
async function fewOfBoard(tx: Tx, wanted: Latest, before: number | null): Promise<Scan[] | null> {
  const states = boardStates(wanted);
  const kept = await tx.counts("board", null);
  if (states.reduce((sum, state) => sum + (kept.get(state) ?? 0), 0) > fewEntries) return null;
  const others = states.filter((state) => state !== "claimed");
  const standings = others.length === 0 ? [] : standingsOf({ state: others });
  const parts = standings.map(({ standing }) => partAt(standing));
  if (!(await areFew(tx, parts, 2 * fewEntries))) return null;
  const scans = parts.map(({ where }) => wholeScan(asked(wanted), "tasks.ordinal", where, before));
  if (!states.includes("claimed")) return scans;
  const claimed = joined([term("tasks.state = 'claimed'"), term("tasks.run_id IS NULL")]);
  return [wholeScan(asked(wanted), "tasks.lease_due", claimed, before, "claimed"), ...scans];
}

/** Those of open runs are found by their states, whatever the runs have beside them. */
async function fewNodes(
  tx: Tx,
  wanted: Latest,
  states: readonly State[],
  before: number | null,
): Promise<Scan | null> {
  const isOpen = states.every((state) => !finalStates.includes(state));
  const runs = isOpen ? "WHERE ended_at IS NULL" : "";
  if (!isOpen && (await numberOf(tx, allNodes)) > fewEntries) return null;
  const ofRuns = term(`tasks.run_id IN (SELECT id FROM runs ${runs})`);
  const where = joined([ofRuns, inStates(states), wanted.isAsking === true ? term(isAsk) : null]);
  const some = `SELECT count(*) AS n FROM (SELECT 1 FROM tasks ${whereOf(where)} LIMIT ?) AS some`;
  if ((await numberOf(tx, some, ...where.values, fewEntries + 1)) > fewEntries) return null;
  return wholeScan(asked(wanted), "tasks.number", where, before);
}

const allNodes = "SELECT coalesce(sum(nodes), 0) AS n FROM runs";

/** The states in which a task of the board can be wanted: it waits for nothing but an answer. */
function boardStates({ states, isAsking }: Latest): State[] {
  return (states ?? allStates).filter((state) => isAsking === null || isAsking === (state === "waiting"));
}

function partAt(standing: number): Part {
  const where = joined([term("tasks.run_id IS NULL"), term("tasks.standing = ?", standing)]);
  return { standing, where, rest: joined([]), isCovered: false };
}

/** What the kept counts say of the board, and what is left to be counted: nodes. Null where they cannot say it. */
async function keptCount(tx: Tx, wanted: Latest): Promise<{ count: number; rest: Counter[] } | null> {
  const { context, run, states, isAsking, after } = wanted;
  if (context !== null || run !== null || after !== null) return null;
  const kept = await tx.counts("board", null);
  const count = boardStates(wanted).reduce((sum, state) => sum + (kept.get(state) ?? 0), 0);
  if (states !== null || isAsking !== null) return { count, rest: [new NodeCount(wanted)] };
  return { count: count + (await numberOf(tx, allNodes)), rest: [] };
}

/** Counts the nodes of all runs, some runs at a time. The index of runs answers it. */
class NodeCount implements Counter {
  readonly #where: Conditions;
  #ordinal = 0;
  isDone = false;

  constructor({ states, isAsking }: Latest) {
    this.#where = joined([
      states && inStates(states),
      isAsking === null ? null : term(isAsking ? isAsk : `NOT ${isAsk}`),
    ]);
  }

  async count(tx: Tx): Promise<{ found: number; cost: number }> {
    const runs = await tx.all<Pick<RunRow, "id" | "nodes" | "ordinal">>(
      "SELECT id, nodes, ordinal FROM runs WHERE ordinal > ? ORDER BY ordinal LIMIT ?",
      this.#ordinal,
      runsAtOnce,
    );
    let cost = 0;
    const ids: string[] = [];
    for (const { id, nodes, ordinal } of runs) {
      if (cost > stepBudget) break;
      cost += nodes;
      ids.push(id);
      this.#ordinal = ordinal;
    }
    this.isDone = ids.length < runsAtOnce && ids.length === runs.length;
    const named = term("tasks.run_id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
    const all = joined([named, this.#where]);
    const found = await numberOf(tx, `SELECT count(*) AS n FROM tasks ${whereOf(all)}`, ...all.values);
    return { found, cost };
  }
}

const runsAtOnce = 100;
