import { existsSync } from "node:fs";
import { Connection } from "../../client/connection/connection.ts";
import { daemonUrl, tokenFile } from "../../client/paths.ts";
import { callerToken } from "../../client/token.ts";
import { environment } from "../../system/environment.ts";

/** The daemon of this shell, which is not started for a hook. Null: there has never been one here. */
export function daemonHere(): Connection | null {
  if (!environment.CORD_TOKEN && !existsSync(tokenFile())) return null;
  return new Connection({ url: daemonUrl(), token: callerToken() });
}
