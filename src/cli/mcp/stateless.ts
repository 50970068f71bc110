import { StreamRefused } from "../../client/connection/stream.ts";
import { isJsonObject, tryParseJson } from "../../core/json.ts";
import { namesItsVersion, versionKey } from "../../core/mcp-version.ts";
import { sessionHeaders } from "../../core/session.ts";
import type { Answer, DaemonSession, Sent } from "./daemon-session.ts";

/**
 * The headers that MCP 2026-07-28 wants beside a request over HTTP: what it says in itself already. Null: it is of a version
 * before. Source: MCP 2026-07-28, "Streamable HTTP", Request Metadata.
 */
export function headersBeside(message: unknown): Record<string, string> | null {
  if (!isJsonObject(message) || !namesItsVersion(message)) return null;
  const { method, params } = message;
  const { _meta: meta, name, uri } = isJsonObject(params) ? params : {};
  const version = isJsonObject(meta) ? meta[versionKey] : undefined;
  const named = namedBy[String(method)] === "uri" ? uri : namedBy[String(method)] && name;
  return {
    ...(typeof version === "string" ? { [sessionHeaders.version]: headerText(version) } : {}),
    ...(typeof method === "string" ? { "mcp-method": headerText(method) } : {}),
    ...(typeof named === "string" ? { "mcp-name": headerText(named) } : {}),
  };
}

const namedBy: Readonly<Record<string, "name" | "uri">> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/** A text as a header has it, also one that no header could hold. */
function headerText(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
  return isPlain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

/**
 * Relays a subscription until its client ends it; null then. It outlives the daemon: the client is told again of all that it
 * watches, since any of it may have changed meanwhile. The answer is what the daemon refuses it with, or ends it by.
 */
export async function relaySubscription(
  session: DaemonSession,
  sent: Sent,
  where: Record<string, string>,
): Promise<Answer | null> {
  let isAcknowledged = false;
  try {
    for await (const { event = "message", data } of session.listen(sent, where)) {
      const message = event === "message" ? tryParseJson(data) : undefined;
      if (!isJsonObject(message)) continue;
      if (!("method" in message)) return { status: 200, text: data };
      const isAcknowledgement = message["method"] === acknowledgement;
      const notices = isAcknowledgement && isAcknowledged ? updatesOf(message["params"]) : [data];
      isAcknowledged ||= isAcknowledgement;
      for (const notice of notices) sent.onNotice(notice);
    }
  } catch (error) {
    if (error instanceof StreamRefused) return { status: error.status, text: error.answer };
    throw error;
  }
  return null;
}

const acknowledgement = "notifications/subscriptions/acknowledged";

/** That each resource of a subscription has changed, as the daemon would tell it. */
function updatesOf(params: unknown): string[] {
  const { notifications, _meta } = isJsonObject(params) ? params : {};
  const uris = isJsonObject(notifications) ? notifications["resourceSubscriptions"] : [];
  const told = (uri: unknown) => ({
    jsonrpc: "2.0",
    method: "notifications/resources/updated",
    params: { uri, _meta },
  });
  return Array.isArray(uris) ? uris.map((uri) => JSON.stringify(told(uri))) : [];
}
