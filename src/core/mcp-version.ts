import { isJsonObject } from "./json.ts";

/** MCP without sessions: each request says in itself what version it is of, and who sends it. */
export const statelessVersion = "2026-07-28";

/** The key of a request's `_meta` under which it says its version. Source: MCP 2026-07-28, "Base protocol", `_meta`. */
export const versionKey = "io.modelcontextprotocol/protocolVersion";

/** Whether a message, or one of a batch, says a version of MCP in itself: those before 2026-07-28 have no place for it. */
export function namesItsVersion(body: unknown): boolean {
  return Array.isArray(body) ? body.some(hasVersion) : hasVersion(body);
}

function hasVersion(message: unknown): boolean {
  const params = isJsonObject(message) ? message["params"] : undefined;
  const meta = isJsonObject(params) ? params["_meta"] : undefined;
  return isJsonObject(meta) && versionKey in meta;
}
