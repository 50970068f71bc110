import { CordError } from "./error.ts";
import type { Phase, State } from "./words.ts";

/**
 * How a task moves. This table is the only place that knows; a test holds the drawing to it.
 *
 * ```
 * pending   claim        claimed
 * pending   answer       completed
 * pending   pause        paused
 * pending   cancel       cancelled
 * pending   modify       pending
 * pending   expand       waiting
 * pending   resolve      completed
 * pending   lose         failed
 * claimed   extend       claimed
 * claimed   release      pending
 * claimed   expire       pending
 * claimed   complete     completed | waiting | pending
 * claimed   ask          waiting
 * claimed   pause        paused
 * claimed   fail         failed
 * claimed   cancel       cancelled
 * waiting   childrenDone pending
 * waiting   asked        pending
 * waiting   reply        claimed | pending
 * waiting   pause        paused
 * waiting   cancel       cancelled
 * waiting   replan       pending
 * waiting   resolve      completed
 * waiting   lose         failed
 * paused    resume       pending | waiting
 * paused    cancel       cancelled
 * paused    modify       paused
 * ```
 *
 * What a crash does in each state. pending, waiting, paused and the ends: nothing, the row is durable.
 * claimed: the lease ends, the daemon's sweep expires it, and it is pending again under the next epoch.
 *
 * waiting, of a node: for its children. Of a task of the board: for the answer to its holder's question, without a lease. The
 * answer gives it back to who asked, under the next epoch, or makes it pending where that agent is gone.
 *
 * expand, resolve, lose: what cord itself does with a node that has a shape (core/node-options.ts), in the transaction in which its
 * needs or children end. None of it is left half done.
 */
export const lifecycle = {
  claim: { pending: ["claimed"] },
  answer: { pending: ["completed"] },
  extend: { claimed: ["claimed"] },
  release: { claimed: ["pending"] },
  expire: { claimed: ["pending"] },
  complete: { claimed: ["completed", "waiting", "pending"] },
  childrenDone: { waiting: ["pending"] },
  asked: { waiting: ["pending"] },
  replan: { waiting: ["pending"] },
  ask: { claimed: ["waiting"] },
  reply: { waiting: ["claimed", "pending"] },
  pause: { pending: ["paused"], claimed: ["paused"], waiting: ["paused"] },
  resume: { paused: ["pending", "waiting"] },
  fail: { claimed: ["failed"] },
  cancel: {
    pending: ["cancelled"],
    claimed: ["cancelled"],
    waiting: ["cancelled"],
    paused: ["cancelled"],
  },
  modify: { pending: ["pending"], paused: ["paused"] },
  expand: { pending: ["waiting"] },
  resolve: { pending: ["completed"], waiting: ["completed"] },
  lose: { pending: ["failed"], waiting: ["failed"] },
} as const satisfies Record<string, Partial<Record<State, readonly State[]>>>;

/**
 * What nothing above leads out of is an end, until a person has a node tried again. Then it stands where it stood before it
 * ended: those in whose synthesis children are open wait for them.
 */
export function stateAfterRetry(phase: Phase, openChildren: number): State {
  return phase === "synthesis" && openChildren > 0 ? "waiting" : "pending";
}

export type Action = keyof typeof lifecycle;

/**
 * What decides between two outcomes of one action: open children, and children whose results the node has not been
 * given; and of an answered question whether its asker is gone.
 */
export interface Situation {
  open: number;
  unseen: number;
  isAskerGone?: boolean;
}

const childless: Situation = { open: 0, unseen: 0 };

/**
 * The state after an action.
 * Throws `conflict` when the state does not allow it, in the words of the board's users where they have them.
 */
export function next(state: State, action: Action, situation: Situation = childless): State {
  const ends = targets(state, action);
  if (!ends) throw refusal(state, action);
  const [only] = ends;
  if (ends.length === 1 && only) return only;
  if (action === "reply") return situation.isAskerGone === true ? "pending" : "claimed";
  if (situation.open > 0) return "waiting";
  if (action === "complete") return situation.unseen > 0 ? "pending" : "completed";
  return "pending";
}

/** The states that an action may lead to from a state; undefined where it is not allowed. */
export function targets(state: State, action: Action): readonly State[] | undefined {
  const row: Partial<Record<State, readonly State[]>> = lifecycle[action];
  return row[state];
}

function refusal(state: State, action: Action): CordError {
  return refusalOf(action, `it is ${state}`);
}

/** The refusal of an action, with why. */
export function refusalOf(action: Action, why: string, toAgents = why): CordError {
  const sentence = sentences[action] ?? `task cannot be ${participles[action]}`;
  return new CordError("conflict", `${sentence}: ${why}`, { toAgents: `${sentence}: ${toAgents}` });
}

const sentences: Partial<Record<Action, string>> = {
  claim: "task is not claimable",
  complete: "task is not claimed",
  ask: "task is not claimed",
  extend: "task is not claimed",
  fail: "task is not claimed",
  release: "task is not claimed",
};

const participles: Record<Action, string> = {
  claim: "claimed",
  answer: "answered",
  extend: "extended",
  release: "released",
  expire: "expired",
  complete: "completed",
  childrenDone: "resumed by its children",
  asked: "woken by a question",
  replan: "planned again",
  ask: "asked about",
  reply: "answered",
  pause: "paused",
  resume: "resumed",
  fail: "failed",
  cancel: "cancelled",
  modify: "modified",
  expand: "expanded",
  resolve: "resolved by its children",
  lose: "failed by its children",
};
