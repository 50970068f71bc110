import { addressOf } from "../../core/address.ts";
import { CordError } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import type { About } from "../../core/about.ts";
import { wordAfter } from "./seen.ts";
import { listenerAt } from "../../system/listener.ts";
import { argvOf } from "../../system/process-words.ts";
import { processIdentity, type ProcessIdentity } from "../../system/process-identity.ts";

/** What is known of a daemon whose version does not say who it is: from outside, by the process that listens. */

/** Throws `failed` where the system does not tell which process it is. */
export function olderProcess(url: string): ProcessIdentity {
  const { hostname, port } = addressOf(url);
  const listener = listenerAt(hostname, port);
  const identity = listener && processIdentity(listener.pid);
  const argv = listener === null ? [] : argvOf(listener.pid);
  if (identity !== null && (argv.length === 0 || argv.includes("serve"))) return identity;
  throw new CordError(
    "failed",
    listener === null
      ? `The daemon at ${url} is of an older version, and which process it is cannot be told. End it where it was started (Ctrl-C, or kill), and call this again.`
      : `What listens at ${url} says that it is an older cord, but its process (${plain(listener.name)}, pid ${listener.pid}) was not started as one. If it is to go, end it: kill ${listener.pid} (then call this again).`,
  );
}

/** What it was started with. One that was told when to go was started by a command. */
export function olderSettings(
  url: string,
): Pick<About, "started" | "idle_exit_seconds" | "open" | "exposed" | "vault"> {
  const argv = argvOf(olderProcess(url).pid);
  const idle = Number(wordAfter(argv, "--idle-exit")) || null;
  return {
    started: idle === null ? "hand" : "demand",
    idle_exit_seconds: idle,
    open: argv.includes("--open"),
    exposed: argv.includes("--expose"),
    vault: wordAfter(argv, "--vault"),
  };
}
