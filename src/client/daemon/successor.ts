import { hostAndPort } from "../../core/address.ts";
import type { About } from "../../core/about.ts";
import { spawnDaemon, type Starting } from "./spawn.ts";

/** What a daemon is started with. */
export type Settings = Pick<
  About,
  "url" | "database" | "vault" | "push_to" | "open" | "exposed" | "idle_exit_seconds" | "started"
>;

/** Whose place a daemon takes that holds its address or database: anyone's of this user's, or only one's of an older version. */
export const replaceable = ["any", "older"] as const;
export type Replaceable = (typeof replaceable)[number];

/**
 * Starts a daemon of this version, detached, in the place of those that may be replaced: it comes up beside them and ends
 * them itself, so that a successor that cannot even be loaded leaves them as they are.
 */
export function startSuccessor(settings: Settings, whom: Replaceable): Starting {
  return spawnDaemon(["--replace", whom, ...flagsOf(settings)], {
    CORD_VAULT: undefined,
    CORD_DB: undefined,
    CORD_PUSH_TO: undefined,
  });
}

function flagsOf({
  url,
  database,
  vault,
  push_to: pushTo = [],
  open,
  exposed,
  started,
  idle_exit_seconds: idle,
}: Settings): string[] {
  return [
    "--addr",
    hostAndPort(url),
    "--db",
    database,
    ...(vault === null ? [] : ["--vault", vault]),
    ...pushTo.flatMap((prefix) => ["--push-to", prefix]),
    ...(open ? ["--open"] : []),
    ...(exposed ? ["--expose"] : []),
    ...(started === "demand" ? ["--on-demand"] : []),
    ...(idle === null ? [] : ["--idle-exit", String(idle)]),
  ];
}

/** Why a successor did not come up, as the rest of a sentence about it. */
export function howEnded(starting: Starting): string {
  if (starting.ended() === "killed") return "was killed while it started. Call this again.";
  return `did not come up: ${starting.said()}`;
}
