import { writeSync } from "node:fs";
import process from "node:process";

const lookEveryMs = 1000;

interface Watched {
  heartbeat: Int32Array;
  timeoutSeconds: number;
}

/** Looks once a second whether the main thread's loop has turned, and ends the process when it has not for too long. */
export function runWatchdogThread(): Promise<never> {
  addEventListener("message", ({ data }: MessageEvent<Watched>) => {
    postMessage("watching");
    watch(data);
  });
  postMessage("listening");
  return new Promise(() => {});
}

function watch({ heartbeat, timeoutSeconds }: Watched): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  let [seen, missed] = [0, 0];
  for (;;) {
    Atomics.wait(clock, 0, 0, lookEveryMs);
    const now = Atomics.load(heartbeat, 0);
    missed = now === seen ? missed + 1 : 0;
    seen = now;
    if (missed >= timeoutSeconds) endProcess(timeoutSeconds);
  }
}

/** Not by a signal that could be handled: the thread that would handle it is the one that hangs. */
function endProcess(timeoutSeconds: number): void {
  try {
    writeSync(
      2,
      `cord serve: nothing has moved here for ${timeoutSeconds} s, so this daemon (pid ${process.pid}) ends itself. What was acknowledged is on disk; the next command starts another.\n`,
    );
  } finally {
    // oxlint-disable-next-line no-restricted-properties -- a daemon that hangs ends itself
    process.kill(process.pid, "SIGKILL");
  }
}
