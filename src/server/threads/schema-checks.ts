import { CordError } from "../../core/error.ts";
import { misfitOf } from "../../core/result.ts";
import type { SchemaChecks } from "../../operations/context.ts";
import { Said, type Question } from "./schema-thread.ts";
import { startThread } from "./thread.ts";

/** How long one check may take. An honest one of a megabyte takes a tenth of it. */
const withinMs = 250;
/** A thread that has not come up by then never will. */
const readyWithinMs = 10_000;
/** As many checks as may wait; each is an agent's that has nothing else to do meanwhile. */
const maxWaiting = 64;
/** A thread that is not used is let go. */
const idleMs = 60_000;

/**
 * Checks schemas in a thread of their own, one after another. A check that takes too long ends with its thread, and
 * the next gets a new one: whatever schema an agent writes, the daemon's loop is not blocked. Throws `unavailable`
 * when too many wait.
 */
export function createSchemaChecks(): SchemaChecks & { stop(): void } {
  let thread: Promise<Worker> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let idle: NodeJS.Timeout | undefined;

  function stop(): void {
    clearTimeout(idle);
    void thread?.then((running) => running.terminate());
    thread = null;
  }

  async function answer(question: string): Promise<string | null | undefined> {
    clearTimeout(idle);
    thread ??= started();
    const wrong = await answerOf(await thread, question);
    if (wrong === undefined) stop();
    else idle = setTimeout(stop, idleMs).unref();
    return wrong;
  }

  /** What is wrong; null: nothing; undefined: it took too long. */
  async function ask(question: Question): Promise<string | null | undefined> {
    if (waiting >= maxWaiting)
      throw new CordError(
        "unavailable",
        "Too many results are being checked at once. Call again in a few seconds.",
      );
    waiting += 1;
    const text = JSON.stringify(question);
    const answered = last.then(() => answer(text));
    last = answered.catch(stop).finally(() => (waiting -= 1));
    return answered;
  }

  return {
    stop,
    async misfit(type, schema, value) {
      const wrong = await ask({ type, schema, value });
      return wrong === undefined
        ? misfitOf(type, `${tooSlow}; hand in less, or fail with that as reason`)
        : wrong;
    },
    async problem(schema) {
      const wrong = await ask({ type: "structured", schema });
      return wrong === undefined ? `${tooSlow}; make it simpler` : wrong;
    },
  };
}

const tooSlow = `checking it against the schema takes longer than ${withinMs} ms`;

async function started(): Promise<Worker> {
  const thread = startThread("schema-thread");
  const said = await nextOf(thread, readyWithinMs);
  if (said?.ready) return thread;
  thread.terminate();
  throw new CordError("internal", "The thread that checks results did not start. Call again.");
}

async function answerOf(thread: Worker, question: string): Promise<string | null | undefined> {
  const said = nextOf(thread, withinMs);
  thread.postMessage(question);
  return (await said)?.wrong;
}

/** The next thing a thread says; null if it says nothing in time. */
function nextOf(thread: Worker, boundMs: number): Promise<Said | null> {
  return new Promise((resolve) => {
    const end = (said: Said | null) => {
      clearTimeout(timer);
      thread.removeEventListener("message", onMessage);
      thread.removeEventListener("error", onError);
      resolve(said);
    };
    const onMessage = ({ data }: MessageEvent<unknown>) => end(Said.parse(data));
    const onError = () => end(null);
    // a loop that was busy meanwhile hears the answer first, which came in time
    const timer = setTimeout(() => setImmediate(() => end(null)), boundMs);
    thread.addEventListener("message", onMessage);
    thread.addEventListener("error", onError);
  });
}
