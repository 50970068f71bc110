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

/**
 * Shows a waiting client that its call still runs: it matters only that each number is greater than the one before.
 */
export function progressOf(progressToken: ProgressToken, progress: number): object {
  const params = { progressToken, progress, message: "still waiting" };
  return { jsonrpc: "2.0", method: "notifications/progress", params };
}
