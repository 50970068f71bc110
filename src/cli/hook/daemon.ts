import { existsSync } from "node:fs";
import { Connection } from "../../client/connection/connection.ts";
import { daemonUrl, tokenFile } from "../../client/paths.ts";
import { callerToken } from "../../client/token.ts";
import { tabBounds } from "../../core/limits.ts";
import { ancestorsOf } from "../../system/ancestors.ts";
import { environment } from "../../system/environment.ts";

/** The daemon of this shell, which is not started for a hook. Null: there has never been one here. */
export function daemonHere(): Connection | null {
  if (!environment.CORD_TOKEN && !existsSync(tokenFile())) return null;
  return new Connection({ url: daemonUrl(), token: callerToken() });
}

/** By these a tab is found: its client has started this process, or one of those that did. */
export function ancestorsHere(): number[] {
  return ancestorsOf(process.pid, process.ppid, tabBounds.pids);
}
