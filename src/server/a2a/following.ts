import { UnsupportedOperationError } from "@a2a-js/sdk/errors";
import type { StreamResponse } from "@a2a-js/sdk";
import { CordError } from "../../core/error.ts";
import type { Task, WholeTask } from "../../core/task.ts";
import { followTask, type TaskFollowing } from "../../operations/events.ts";
import type { Services } from "../../operations/context.ts";
import type { Board } from "./board.ts";
import { toA2aTask, type Wanted } from "./mapping.ts";
import { standingOf, updateInModes, updateOf } from "./updates.ts";

/** Who follows a task, and until when. */
export interface Follower {
  services: Services;
  board: Board;
  /** its client has gone */
  signal: AbortSignal;
}

type Stream = AsyncGenerator<StreamResponse, void, undefined>;

/** A change that its client still has to make. It is made once, and what it is made of is not kept then. */
export interface Change {
  make: (() => Promise<Task>) | null;
}

/**
 * What happens to a task from the change on that its client makes: first the task as it was then, and all updates since, in
 * the order of the log. It ends when the task does, or waits for its client.
 */
export async function* updatesSince(follower: Follower, change: Change, wanted: Wanted): Stream {
  yield* streamOf(follower, wanted, await begunWith(follower, change, wanted));
}

/** What happens to a task from now on: first the task as it is, and its updates until it ends. */
export async function* updatesOfTask(follower: Follower, id: string, wanted: Wanted): Stream {
  yield* streamOf(follower, wanted, await begunNow(follower, id, wanted));
}

/** A stream that has begun. The first update is emptied once it has been taken. */
interface Begun {
  first: StreamResponse;
  following: TaskFollowing;
  hasEnded: boolean;
  /** from this seq on it ends where the task asks */
  asksFrom: number;
}

async function begunWith({ services, board }: Follower, change: Change, wanted: Wanted): Promise<Begun> {
  const { make } = change;
  change.make = null;
  if (make === null) throw new CordError("internal", "A change was to be made twice.");
  const sent = await make();
  const following = followTask(services, sent.id, sent.seq);
  return lookedAt(following, async () => {
    const now = await board.get(sent.id);
    const stands = standingOf(sent);
    // what it asked before this stream began has been answered, unless it asks still
    const hasEnded = stands === "ended" || (stands === "asking" && sent.seq >= now.seq);
    return { first: firstOf(asItWas(sent, now), wanted), following, hasEnded, asksFrom: now.seq };
  });
}

async function begunNow({ services, board }: Follower, id: string, wanted: Wanted): Promise<Begun> {
  // before the look, so that nothing is missed in between
  const following = followTask(services, id.toLowerCase());
  return lookedAt(following, async () => {
    const now = await board.get(id);
    if (standingOf(now) === "ended")
      throw new UnsupportedOperationError(
        `This task has ended, and nothing more happens to it: it is ${now.state}. Read it with GetTask.`,
      );
    following.passOver(now.seq);
    const asksFrom = Number.POSITIVE_INFINITY;
    return { first: firstOf(now, wanted), following, hasEnded: false, asksFrom };
  });
}

async function lookedAt(following: TaskFollowing, look: () => Promise<Begun>): Promise<Begun> {
  try {
    return await look();
  } catch (error) {
    following.close();
    throw error;
  }
}

async function* streamOf({ services, signal }: Follower, wanted: Wanted, begun: Begun): Stream {
  const { following, hasEnded, asksFrom } = begun;
  const release = closedWith(signal, following);
  try {
    yield* eachOnce([begun.first]);
    if (!hasEnded) yield* updatesOf(services, following, wanted, asksFrom);
  } finally {
    release();
  }
}

/**
 * Gives each response once, and empties it when the next is asked for. The generators that it passes through hold the last one
 * that they were given for as long as they wait: a task of a megabyte, for each of a thousand streams.
 */
async function* eachOnce(responses: readonly StreamResponse[]): Stream {
  for (const response of responses) {
    yield response;
    response.payload = undefined;
  }
}

/** The task when it has ended, or waits for its client: now, or later. Throws `interrupted` when its client has gone before. */
export async function settledTask({ services, board, signal }: Follower, id: string): Promise<WholeTask> {
  const following = followTask(services, id);
  const release = closedWith(signal, following);
  try {
    const { seq, stands } = await standingNow(board, id);
    if (stands !== "open") return await board.get(id);
    following.passOver(seq);
    for (let events = await following.next(); events !== null; events = await following.next()) {
      const isSettled = events.some(
        ({ state, kind, run_id }) => state !== null && standingOf({ state, kind, run_id }) !== "open",
      );
      const settled = isSettled ? await unlessOpen(board, id) : null;
      if (settled !== null) return settled;
    }
    throw new CordError("interrupted", "The client has gone before there was an answer.");
  } finally {
    release();
  }
}

/** Null: it has gone on since, as when somebody else has answered its question. */
async function unlessOpen(board: Board, id: string): Promise<WholeTask | null> {
  const now = await board.get(id);
  return standingOf(now) === "open" ? null : now;
}

/** Without the task itself, which would be kept through the wait. */
async function standingNow(board: Board, id: string) {
  const now = await board.get(id, 0);
  return { seq: now.seq, stands: standingOf(now) };
}

/** Updates until the task ends, or, from that seq on, waits for its client. */
async function* updatesOf(
  { store }: Services,
  following: TaskFollowing,
  { modes }: Wanted,
  asksFrom: number,
): Stream {
  for (let events = await following.next(); events !== null; events = await following.next()) {
    for (const event of events) {
      const { responses, stands } = updateInModes(await updateOf(store, event), modes);
      // they are those of all streams
      yield* eachOnce(responses.map((response) => ({ ...response })));
      if (stands === "ended" || (stands === "asking" && event.seq >= asksFrom)) return;
    }
  }
}

function firstOf(task: WholeTask, wanted: Wanted): StreamResponse {
  return { payload: { $case: "task", value: toA2aTask(task, wanted) } };
}

/** The task after a change, with what had been said by then. */
function asItWas(sent: Task, { messages = [] }: WholeTask): WholeTask {
  return { ...sent, messages: messages.filter(({ seq }) => seq <= sent.seq) };
}

/** Ends a following with its client; the returned function ends it anyway. */
function closedWith(signal: AbortSignal, following: TaskFollowing): () => void {
  const close = () => following.close();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  return () => {
    signal.removeEventListener("abort", close);
    close();
  };
}
