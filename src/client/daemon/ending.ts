import { CordError } from "../../core/error.ts";
import { systemCode } from "../../core/system-code.ts";
import { isSameProcess, processIdentity, type ProcessIdentity } from "../../system/process-identity.ts";
import { createClient } from "../client.ts";
import { isStartable } from "../paths.ts";
import { healthOf } from "./look.ts";
import type { Found } from "./found.ts";
import { olderProcess } from "./older.ts";
import { daemonToken } from "../token.ts";

/** How a daemon ended: it was asked to, its process got a signal, or it was killed because it did not end. */
export type Ending = "asked" | "told" | "killed";

/**
 * Ends a daemon; what it acknowledged is on disk however it ends. One that answers is asked by an operation. One that
 * hangs is ended by signals, if its process is certainly the daemon's: pid and start are those it said itself. Throws
 * what is there when it is not this user's daemon, or does not end. `successor`: the version that takes its place.
 */
export async function endDaemon(found: Found, successor?: string): Promise<Ending> {
  switch (found.state) {
    case "answers":
      return ask(found, successor);
    case "shut":
      return signal(found.url, found.said, hangMs);
    case "older":
      return signal(found.url, olderProcess(found.url), stopMs);
    case "stranger":
      throw found.problem;
    default:
      return found satisfies never;
  }
}

async function ask(
  { url, health, said }: Extract<Found, { state: "answers" }>,
  successor?: string,
): Promise<Ending> {
  const meant = { ...(health.pid === null ? {} : { pid: health.pid }), ...(successor && { successor }) };
  const pid = isStartable(url) ? health.pid : null;
  const identity = said ?? (pid === null ? null : processIdentity(pid));
  await createClient({ url, token: daemonToken() })
    .call("daemon/stop", meant, AbortSignal.timeout(askMs))
    .catch((error: unknown) => {
      // it may go before its answer is out, or have gone for another; whether it does is seen below
      if (error instanceof CordError && error.code === "unknown_method") throw error;
    });
  if (identity !== null) return (await isGone(identity, stopMs)) ? "asked" : signal(url, identity, hangMs);
  const deadline = performance.now() + stopMs;
  while ((await healthOf(url))?.pid === health.pid) {
    if (performance.now() > deadline)
      throw new CordError("unavailable", `The daemon at ${url} was asked to go, and is still there.`);
    await Bun.sleep(pollMs);
  }
  return "asked";
}

/** Windows has no signals between processes: all that can be done to another one there is to end it at once. */
async function signal(url: string, identity: ProcessIdentity, withinMs: number): Promise<Ending> {
  for (const name of askingOn(process.platform)) send(url, identity, name);
  if (askingOn(process.platform).length > 0 && (await isGone(identity, withinMs))) return "told";
  send(url, identity, "SIGKILL");
  if (await isGone(identity, stopMs)) return "killed";
  throw new CordError(
    "failed",
    `The daemon at ${url} (pid ${identity.pid}) cannot be ended, not even by SIGKILL: the system holds it, as it does for a disk that does not answer.`,
  );
}

/**
 * The signals that let a process end in order. SIGCONT, since one that was stopped hears nothing else. On Windows there are
 * none: Bun's SIGTERM is TerminateProcess there, and it knows no SIGCONT. A daemon that answers was asked before by its own
 * operation, and what another one has acknowledged is on disk.
 */
export function askingOn(platform: NodeJS.Platform): readonly NodeJS.Signals[] {
  return platform === "win32" ? [] : ["SIGTERM", "SIGCONT"];
}

function send(url: string, identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isSameProcess(identity)) return;
  try {
    // oxlint-disable-next-line no-restricted-properties -- a daemon that does not answer is ended
    process.kill(identity.pid, name);
  } catch (error) {
    if (systemCode(error) === "ESRCH") return;
    throw new CordError(
      "not_allowed",
      `The daemon at ${url} (pid ${identity.pid}) is another user's: it is not yours to end. Choose another port with --url.`,
      { cause: error },
    );
  }
}

async function isGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (isSameProcess(identity)) {
    if (performance.now() > deadline) return false;
    await Bun.sleep(pollMs);
  }
  return true;
}

const askMs = 3000;
const hangMs = 3000;
const stopMs = 10_000;
/** macOS is asked by a program of its own, which takes some milliseconds */
const pollMs = process.platform === "darwin" ? 100 : 10;
