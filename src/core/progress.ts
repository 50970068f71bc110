import { isExactNumber, isJsonObject, type ExactNumber } from "./json.ts";

/** By which a client that called a tool knows its progress again. */
type ProgressToken = string | number | ExactNumber;

/** The token of a call whose client wants to hear of its progress; null where it does not. Source: MCP 2025-11-25, "Progress". */
export function progressTokenIn(message: unknown): ProgressToken | null {
  const params = isJsonObject(message) ? message["params"] : undefined;
  const meta = isJsonObject(params) ? params["_meta"] : undefined;
  const token = isJsonObject(meta) ? meta["progressToken"] : undefined;
  return typeof token === "string" || typeof token === "number" || isExactNumber(token) ? token : null;
}

/** A call that is held open: what it waits for, and how long at most. */
export interface Wait {
  for: string;
  ms: number;
}

/** How far a wait has come, in seconds. */
export interface Progress {
  progress: number;
  total: number;
  message: string;
}

/** What a client is told of a wait that has lasted so long. */
export function progressOf({ for: awaited, ms }: Wait, elapsedMs: number): Progress {
  const [progress, total] = [elapsedMs / 1000, ms / 1000];
  const message = `Waiting for ${awaited}: ${Math.floor(progress)} of at most ${Math.ceil(total)} s.`;
  return { progress, total, message };
}

/** The notification of it, to whoever gave the token. */
export function progressNotice(progressToken: ProgressToken, progress: Progress): object {
  return { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, ...progress } };
}
