import { startThread } from "./thread.ts";

/** The daemon's loop shows this often that it turns. */
const beatEveryMs = 500;
/** As many looks of the watchdog, one a second, without a beat in between are the end. */
export const usualPatience = 30;

/**
 * Has a thread of its own end this process when its loop has not turned for 30 s: whatever holds it up, nobody waits for
 * ever. It counts its own looks, not the time, so a process that was stopped, or slept, is not taken for one that hangs.
 * What was acknowledged is on disk; the next command starts another daemon. Call the returned function to end the watch.
 */
export function startWatchdog(patience = usualPatience): () => void {
  const beat = new Int32Array(new SharedArrayBuffer(4));
  const thread = startThread("watchdog-thread");
  thread.postMessage({ beat, patience });
  const timer = setInterval(() => void Atomics.add(beat, 0, 1), beatEveryMs).unref();
  return () => {
    clearInterval(timer);
    thread.terminate();
  };
}
