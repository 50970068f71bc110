import { z } from "zod";
import { CordError } from "../../../core/error.ts";
import { isJsonObject } from "../../../core/json.ts";
import { statelessVersion } from "../../../core/mcp-version.ts";
import { sessionHeaders } from "../../../core/session.ts";
import { refuse, type Answer } from "../../dispatch.ts";
import { withoutNothing } from "../messages.ts";
import { methods } from "../methods.ts";

export const listenMethod = "subscriptions/listen";

/** A body, before its SDK checks it. */
interface Reading {
  method: unknown;
  /** as the SDK is to see it: without what it would stumble over, and has no use for here */
  message: unknown;
  /** what refuses parameters that do not fit, in words for whoever wrote them: the SDK's are a page of its schema */
  misfit: Answer | null;
}

export function readAs(request: Request, body: unknown): Reading {
  const params = isJsonObject(body) ? body["params"] : undefined;
  if (!isJsonObject(body) || !isJsonObject(params)) return { method: undefined, message: body, misfit: null };
  const { id, method } = body;
  const { _meta: meta, ...others } = params;
  const said = withoutNothing(others);
  const message = { ...body, params: { ...said, _meta: envelopeIn(meta) } };
  const isCall = typeof id === "string" || typeof id === "number";
  const why = isCall && isAsItSays(request, method) ? misfitIn(method, said) : null;
  return { method, message, misfit: why === null ? null : refuse(id, new CordError("invalid", why)) };
}

function envelopeIn(meta: unknown): unknown {
  if (!isJsonObject(meta)) return meta;
  return Object.fromEntries(Object.entries(meta).filter(([key]) => envelope.has(key)));
}

/** Source: MCP 2026-07-28, "Base protocol", `_meta`. */
const envelope: ReadonlySet<string> = new Set(
  ["protocolVersion", "clientInfo", "clientCapabilities", "logLevel"].map(
    (name) => `io.modelcontextprotocol/${name}`,
  ),
);

/** Whether its headers say what it is: else it is refused for that, before anybody reads its parameters. */
function isAsItSays({ headers }: Request, method: unknown): boolean {
  return headers.get(sessionHeaders.version) === statelessVersion && headers.get("mcp-method") === method;
}

function misfitIn(method: unknown, params: object): string | null {
  if (method === listenMethod) return Listening.safeParse(params).success ? null : notListening;
  if (typeof method !== "string" || removed.has(method)) return null;
  return methods.get(method)?.misfitOf(params) ?? null;
}

/** What 2026-07-28 has no more, whatever its parameters are; the other methods take what they took before. */
const removed: ReadonlySet<string> = new Set([
  "initialize",
  "ping",
  "resources/subscribe",
  "resources/unsubscribe",
]);

const notListening =
  "subscriptions/listen takes notifications, an object: resourceSubscriptions in it is a list of URIs.";

const Listening = z.object({
  notifications: z.object({
    toolsListChanged: z.boolean().optional(),
    promptsListChanged: z.boolean().optional(),
    resourcesListChanged: z.boolean().optional(),
    // of a long list the library would tell each mistake
    resourceSubscriptions: z.custom(isTexts).optional(),
  }),
});

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
