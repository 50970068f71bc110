import { existsSync } from "node:fs";
import { environment } from "../system/environment.ts";
import { Connection, type ConnectionOptions } from "./connection/connection.ts";
import { daemonUrl, tokenFile } from "./paths.ts";
import { callerToken } from "./token.ts";

/** The daemon of this shell, for what starts none, such as a hook. Null: there has never been one here. */
export function daemonHere(): ConnectionOptions | null {
  if (!environment.CORD_TOKEN && !existsSync(tokenFile())) return null;
  return { url: daemonUrl(), token: callerToken() };
}

export function connectionHere(): Connection | null {
  const daemon = daemonHere();
  return daemon && new Connection(daemon);
}
