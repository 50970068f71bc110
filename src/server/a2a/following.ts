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

/**
 * What happens to a task from the change on that its client has made: first the task as it was then, and all updates since, in
 * the order of the log. It ends when the task does, or waits for its client.
 */
export async function* updatesSince(follower: Follower, sent: Task, wanted: Wanted): Stream {
  const following = followTask(follower.services, sent.id, sent.seq);
  const release = closedWith(follower.signal, following);
  try {
    const now = await follower.board.get(sent.id);
    yield firstOf(asItWas(sent, now), wanted);
    const hasEnded = standingOf(sent) === "ended" || (standingOf(sent) === "asking" && sent.seq >= now.seq);
    // what it asked before this stream began has been answered, unless it asks still
    if (!hasEnded) yield* updatesOf(follower, following, wanted, now.seq);
  } finally {
    release();
  }
}

/** What happens to a task from now on: first the task as it is, and its updates until it ends. */
export async function* updatesOfTask(follower: Follower, id: string, wanted: Wanted): Stream {
  // before the look, so that nothing is missed in between
  const following = followTask(follower.services, id.toLowerCase());
  const release = closedWith(follower.signal, following);
  try {
    const now = await follower.board.get(id);
    if (standingOf(now) === "ended")
      throw new UnsupportedOperationError(
        `This task has ended, and nothing more happens to it: it is ${now.state}. Read it with GetTask.`,
      );
    following.passOver(now.seq);
    yield firstOf(now, wanted);
    yield* updatesOf(follower, following, wanted, Number.POSITIVE_INFINITY);
  } finally {
    release();
  }
}

/** The task when it has ended, or waits for its client: now, or later. Throws `interrupted` when its client has gone before. */
export async function settledTask({ services, board, signal }: Follower, id: string): Promise<WholeTask> {
  const following = followTask(services, id);
  const release = closedWith(signal, following);
  try {
    const now = await board.get(id);
    if (standingOf(now) !== "open") return now;
    following.passOver(now.seq);
    for (let events = await following.next(); events !== null; events = await following.next()) {
      const isSettled = events.some(
        ({ state, kind, run_id }) => state !== null && standingOf({ state, kind, run_id }) !== "open",
      );
      if (isSettled) return await board.get(id);
    }
    throw new CordError("interrupted", "The client has gone before there was an answer.");
  } finally {
    release();
  }
}

/** Updates until the task ends, or, from that seq on, waits for its client. */
async function* updatesOf(
  { services }: Follower,
  following: TaskFollowing,
  { modes }: Wanted,
  asksFrom: number,
): Stream {
  for (let events = await following.next(); events !== null; events = await following.next()) {
    for (const event of events) {
      const { responses, stands } = updateInModes(await updateOf(services.store, event), modes);
      yield* responses;
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
