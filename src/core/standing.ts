import { wordsOf, type Sought } from "./filter.ts";
import { rankOf } from "./rank.ts";
import { finalStates, states as allStates, type State } from "./words.ts";

/**
 * Where a task stands in the lists (the store's column `standing`): by its outcome if it has ended; else by the rank
 * of its priority, or among those whose needs are not met, or that wait. The store's indexes are sorted by it. It does not depend
 * on whether an open task is claimed, so a claim leaves these indexes untouched.
 */
const ends: Readonly<Partial<Record<State, number>>> = { completed: 2, failed: 9, cancelled: 10 };

/**
 * By the rank of a priority: urgent, high, normal and other words, low. Next to normal, which most tasks have, stands
 * the rank of ended tasks.
 */
const standingOfRank = [0, 1, 4, 5] as const;
const normal = 4;
const blocked = 6;
/** Few are there, and only the index leads to them: who asked is looked for among them. */
export const standingOfWaiting = 7;

const openStates = allStates.filter((state) => !finalStates.includes(state) && state !== "waiting");

export function standingOf({
  state,
  priority,
  unmet,
}: {
  state: State;
  priority: string;
  unmet: number;
}): number {
  if (state === "waiting") return standingOfWaiting;
  return ends[state] ?? (unmet > 0 ? blocked : standingOfPriority(priority));
}

function standingOfPriority(priority: string): number {
  return standingOfRank[rankOf(priority)] ?? normal;
}

/** A standing at which there may be tasks that a filter lets through. */
export interface AskedStanding {
  standing: number;
  /** the open states that it lets through there; null: all of them, or none is open there */
  states: readonly State[] | null;
}

/** Where a filter's state, ready and priority lead, in the order of the standings. */
export function standingsOf(filter: Sought): AskedStanding[] {
  const states = statesIn(filter);
  const open = states.filter((state) => ends[state] === undefined);
  const others = open.filter((state) => state !== "waiting");
  const started = others.filter((state) => state !== "pending");
  const asked = new Map<number, readonly State[] | null>();
  for (const state of states) {
    const standing = ends[state];
    if (standing !== undefined) asked.set(standing, null);
  }
  for (const rank of wordsOf(filter.priority)?.map(standingOfPriority) ?? standingOfRank)
    askedAt(asked, rank, filter.ready === false ? started : others);
  const hidesBlocked = filter.ready === true || filter.unblocked === true;
  askedAt(asked, blocked, hidesBlocked ? started : others);
  if (open.includes("waiting")) asked.set(standingOfWaiting, null);
  return [...asked]
    .map(([standing, some]) => ({ standing, states: some }))
    .toSorted((left, right) => left.standing - right.standing);
}

function askedAt(
  asked: Map<number, readonly State[] | null>,
  standing: number,
  open: readonly State[],
): void {
  if (open.length > 0) asked.set(standing, open.length === openStates.length ? null : open);
}

/** `ready` speaks of what is pending only. */
function statesIn({ state, ready }: Sought): readonly State[] {
  const words = wordsOf(state);
  const states = words === undefined ? allStates : allStates.filter((one) => words.includes(one));
  return ready === undefined ? states : states.filter((one) => one === "pending");
}

/** How the tasks of a standing have ended; undefined as long as they are open. */
export function endAt(standing: number): State | undefined {
  return finalStates.find((state) => ends[state] === standing);
}

/** Whether the tasks of a standing wait for an answer. Who asked is their agent. */
export function isOfWaiting(standing: number): boolean {
  return standing === standingOfWaiting;
}

export const allStandings: readonly number[] = standingsOf({}).map(({ standing }) => standing);

/** Whether all tasks of a standing have one and the same priority. */
export function isOfOnePriority(standing: number): boolean {
  return standing !== normal && standingOfRank.some((one) => one === standing);
}
