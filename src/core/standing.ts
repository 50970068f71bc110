import { wordsOf, type Sought } from "./filter.ts";
import { rankOf } from "./rank.ts";
import { finalStates, State } from "./task.ts";

/**
 * Where a task stands in the lists, as the column `standing` of the store has it: by its end; and as long as it is open, by
 * the rank of its priority, or among those whose needs are not met. The store's indexes are sorted by it. Whether somebody
 * has an open task is no part of it, so that a claim leaves these indexes as they are.
 */
const ends: Readonly<Partial<Record<State, number>>> = { completed: 2, failed: 9, cancelled: 10 };

/** By the rank of a priority: urgent, high, normal and words of one's own, low. Next to normal, which most are, stands their end. */
const standingOfRank = [0, 1, 4, 5] as const;
const normal = 4;
const blocked = 6;

const openStates = State.options.filter((state) => !finalStates.includes(state));

export function standingOf({
  state,
  priority,
  unmet,
}: {
  state: State;
  priority: string;
  unmet: number;
}): number {
  return ends[state] ?? (unmet > 0 ? blocked : standingOfPriority(priority));
}

function standingOfPriority(priority: string): number {
  return standingOfRank[rankOf(priority)] ?? normal;
}

/** The standings at which there may be tasks that a filter's state, ready and priority let through, in their order. */
export function standingsOf(filter: Sought): number[] {
  const ranks = wordsOf(filter.priority)?.map(standingOfPriority) ?? standingOfRank;
  const open = [...ranks, blocked].filter((standing) => openStatesAt(filter, standing).length > 0);
  const ended = statesIn(filter).flatMap((state) => ends[state] ?? []);
  return [...new Set([...open, ...ended])].toSorted((left, right) => left - right);
}

export function isBlockedStanding(standing: number): boolean {
  return standing === blocked;
}

/** How the tasks of a standing have ended; undefined as long as they are open. */
export function endAt(standing: number): State | undefined {
  return finalStates.find((state) => ends[state] === standing);
}

export const allStandings: readonly number[] = standingsOf({});

/** What of a standing's tasks is still to be asked of each: the open states that a filter lets through; null when it is all of them. */
export function statesToAsk(filter: Sought, standing: number): readonly State[] | null {
  if (endAt(standing) !== undefined) return null;
  const states = openStatesAt(filter, standing);
  return states.length === openStates.length ? null : states;
}

function openStatesAt(filter: Sought, standing: number): State[] {
  const isHidden = standing === blocked ? filter.ready === true || filter.unblocked : filter.ready === false;
  return statesIn(filter).filter(
    (state) => ends[state] === undefined && !(state === "pending" && isHidden === true),
  );
}

/** `ready` speaks of what is pending only. */
function statesIn({ state, ready }: Sought): State[] {
  const words = wordsOf(state);
  const states = words === undefined ? State.options : State.options.filter((one) => words.includes(one));
  return ready === undefined ? [...states] : states.filter((one) => one === "pending");
}

/** Whether all tasks of a standing have one and the same priority. */
export function isOfOnePriority(standing: number): boolean {
  return standing !== normal && standingOfRank.some((one) => one === standing);
}
