import { wordsOf, type Sought } from "./filter.ts";
import { rankOf } from "./rank.ts";
import { State } from "./task.ts";

/**
 * Where a task stands in the lists, as the column `standing` of the store has it: ready ones by the rank of their
 * priority, those whose needs are not met, then each other state. A test holds the two to each other.
 */
const afterPending: Readonly<Record<Exclude<State, "pending">, number>> = {
  claimed: 5,
  waiting: 6,
  paused: 7,
  completed: 8,
  failed: 9,
  cancelled: 10,
};

const ranks = [0, 1, 2, 3] as const;
const blocked = 4;

/** The standings that a filter's state, ready and priority let through, in their order. */
export function standingsOf(filter: Sought): number[] {
  const states = filter.ready === undefined ? (wordsOf(filter.state) ?? State.options) : pendingIn(filter);
  const standings = new Set<number>();
  for (const word of states) {
    const state = State.safeParse(word).data;
    if (state === "pending") for (const standing of pendingStandings(filter)) standings.add(standing);
    else if (state !== undefined) standings.add(afterPending[state]);
  }
  return [...standings].toSorted((left, right) => left - right);
}

function pendingIn({ state }: Sought): readonly string[] {
  return (wordsOf(state) ?? ["pending"]).includes("pending") ? ["pending"] : [];
}

function pendingStandings({ ready, priority, unblocked }: Sought): number[] {
  const priorities = wordsOf(priority);
  const wanted =
    priorities === undefined
      ? ranks
      : ranks.filter((rank) => priorities.some((word) => rankOf(word) === rank));
  return [...(ready === false ? [] : wanted), ...(ready === true || unblocked === true ? [] : [blocked])];
}

/** Whether all tasks of a standing have one and the same priority. */
export function isOfOnePriority(standing: number): boolean {
  return standing === rankOf("urgent") || standing === rankOf("high") || standing === rankOf("low");
}

export function isBlockedStanding(standing: number): boolean {
  return standing === blocked;
}

/** The state of the tasks of a standing. */
export function stateOf(standing: number): State {
  return State.options.find((state) => state !== "pending" && afterPending[state] === standing) ?? "pending";
}
