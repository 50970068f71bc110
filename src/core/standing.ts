import { wordsOf, type Sought } from "./filter.ts";
import { rankOf } from "./rank.ts";
import { State } from "./task.ts";

/**
 * Where a task stands in the lists, as the column `standing` of the store has it: ready ones by the rank of their priority,
 * those whose needs are not met, and each other state. The store's indexes are sorted by it. Tasks that are taken in turn
 * go from normal to claimed to completed, and so from one side of a border to the other within a page of each index. A
 * test holds the two to each other.
 */
const others: Readonly<Record<Exclude<State, "pending">, number>> = {
  completed: 2,
  claimed: 3,
  waiting: 7,
  paused: 8,
  failed: 9,
  cancelled: 10,
};

/** Of what is ready, by its priority's rank: urgent, high, normal and words of one's own, low. */
const standingOfRank = [0, 1, 4, 5] as const;
const normal = 4;
const blocked = 6;

/** The standings that a filter's state, ready and priority let through, in their order. */
export function standingsOf(filter: Sought): number[] {
  const states = filter.ready === undefined ? (wordsOf(filter.state) ?? State.options) : pendingIn(filter);
  const standings = new Set<number>();
  for (const word of states) {
    const state = State.safeParse(word).data;
    if (state === "pending") for (const standing of pendingStandings(filter)) standings.add(standing);
    else if (state !== undefined) standings.add(others[state]);
  }
  return [...standings].toSorted((left, right) => left - right);
}

function pendingIn({ state }: Sought): readonly string[] {
  return (wordsOf(state) ?? ["pending"]).includes("pending") ? ["pending"] : [];
}

function pendingStandings({ ready, priority, unblocked }: Sought): number[] {
  const wanted = wordsOf(priority)?.map((word) => standingOfRank[rankOf(word)] ?? normal) ?? standingOfRank;
  return [...(ready === false ? [] : wanted), ...(ready === true || unblocked === true ? [] : [blocked])];
}

/** Whether all tasks of a standing have one and the same priority. */
export function isOfOnePriority(standing: number): boolean {
  return standing !== normal && standingOfRank.some((one) => one === standing);
}

export function isBlockedStanding(standing: number): boolean {
  return standing === blocked;
}

/** The state of the tasks of a standing. */
export function stateOf(standing: number): State {
  return State.options.find((state) => state !== "pending" && others[state] === standing) ?? "pending";
}
