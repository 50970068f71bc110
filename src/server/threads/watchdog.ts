import { startThread } from "./thread.ts";

/** The daemon's loop shows this often that it turns. */
const heartbeatMs = 500;
/** As many looks of the watchdog, one a second, without a heartbeat in between are the end. */
const defaultTimeoutSeconds = 30;

/** Without a watchdog a daemon is as good as any other: it is not waited for without end. */
const watchingWithinMs = 10_000;

/**
 * Starts a thread that ends this process when its loop has not turned for 30 s, so that nobody waits for it forever.
 * It counts its own looks, not time, so a process that was stopped or slept is not taken for one that hangs. What was
 * acknowledged is on disk, and the next command starts another daemon. Resolves when the thread watches, to a
 * function that ends it.
 */
export async function startWatchdog(timeoutSeconds = defaultTimeoutSeconds): Promise<() => void> {
  const heartbeat = new Int32Array(new SharedArrayBuffer(4));
  const thread = startThread("watchdog-thread");
  const timer = setInterval(() => void Atomics.add(heartbeat, 0, 1), heartbeatMs).unref();
  // it says when it listens: what is posted before is lost; and then that it watches
  await saysSomething(thread);
  thread.postMessage({ heartbeat, timeoutSeconds });
  await saysSomething(thread);
  return () => {
    clearInterval(timer);
    thread.terminate();
  };
}

function saysSomething(thread: Worker): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, watchingWithinMs).unref();
    const heard = () => {
      clearTimeout(timer);
      resolve();
    };
    thread.addEventListener("message", heard, { once: true });
  });
}
