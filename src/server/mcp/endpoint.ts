import { isJsonObject } from "../../core/json.ts";
import { namesItsVersion, statelessVersion } from "../../core/mcp-version.ts";
import { sessionHeaders } from "../../core/session.ts";
import { beginningOf, plain } from "../../core/text.ts";
import type { Caller } from "../../core/tree.ts";
import type { Services } from "../../operations/context.ts";
import { dispatch, maxBatch, type Answer, type Prepared } from "../dispatch.ts";
import { arrivalOf } from "../http/arrival.ts";
import { held, type Traffic } from "../http/held.ts";
import type { Client } from "./client.ts";
import type { Era } from "./era.ts";
import { messageIn, type Message } from "./messages.ts";
import { statelessClients, type ClientOf } from "./modern/clients.ts";
import { sendWaiting, takesStream, type Post } from "./post.ts";
import { refused } from "./refused.ts";
import { sessionEra } from "./session-era.ts";
import { Sessions } from "./sessions.ts";
import { WaitingAnswers } from "./waiting-answer.ts";

/** Answers a request for /mcp. The body is that of a POST. */
interface McpEndpoint {
  handle(request: Request, caller: Caller, body: unknown): Promise<Response>;
}

/** MCP over streamable HTTP. */
export function mcpEndpoint(services: Services, seal: string, traffic: Traffic): McpEndpoint {
  const sessions = new Sessions(services, seal);
  const clientOf = statelessClients(services, sessions);
  return endpointOf({ era: sessionEra(services, sessions, traffic.hold), clientOf }, traffic);
}

/** What there is for the clients of each generation of MCP. */
interface Generations {
  /** those before 2026-07-28 */
  era: Era;
  /** for requests since then */
  clientOf: ClientOf;
}

export function endpointOf(
  { era, clientOf }: Generations,
  traffic: Traffic,
  waiting = new WaitingAnswers(),
): McpEndpoint {
  return {
    async handle(request, caller, body) {
      const lost = waiting.lost(request);
      if (lost) return lost;
      const isModern = namesItsVersion(body) || versionOf(request) === statelessVersion;
      if (!isModern && request.method !== "POST") return era.answerOther(request, caller);
      const client = (isModern ? clientOf : era.clientOf)(request, caller, body);
      if (client instanceof Response) return client;
      const answer = isModern ? (await modern()).answerModern : answerPost.bind(null, era);
      const response = await answer(client, { request, body, traffic, waiting });
      for (const [name, value] of Object.entries(client.headers())) response.headers.set(name, value);
      return response;
    },
  };
}

/** Its SDK takes memory that a daemon whose clients are older does not need. */
function modern() {
  return import("./modern/endpoint.ts");
}

function versionOf({ headers }: Request): string | null {
  return headers.get(sessionHeaders.version);
}

/**
 * Answers a body: one message or a batch of them. What is no message refuses all of it. A call that waits is held open: as a
 * stream, or where its client reads none until there is an answer.
 */
async function answerPost(era: Era, client: Client, post: Post): Promise<Response> {
  const { request, body, traffic } = post;
  const version = versionOf(request);
  if (version !== null && !era.versions.includes(version)) return notSpoken(version, era.versions, body);
  const parts: unknown[] = Array.isArray(body) ? body : [body];
  if (parts.length === 0) return refused(400, "An empty batch.", {}, -32600);
  if (parts.length > maxBatch) return refused(400, `A batch may hold ${maxBatch} messages.`, {}, -32600);
  const messages = parts.flatMap((part) => messageIn(part) ?? []);
  if (messages.length < parts.length) return refused(400, "This is no JSON-RPC 2.0 message.", {}, -32600);
  const prepared = messages.map((message) => prepare(era, client, message));
  const waits = prepared.find(({ holdsOpenMs }) => holdsOpenMs > 0);
  const answer = async () => {
    const answers = await Promise.all(prepared.map((one) => one.answer(request.signal)));
    const said = answers.filter((one) => one !== null);
    return Array.isArray(body) && said.length > 0 ? said : (said[0] ?? null);
  };
  if (waits && takesStream(request, body)) return sendWaiting(client, post, waits, answer);
  const answers = await (waits ? held(traffic, arrivalOf(request), answer) : answer());
  return answers === null ? new Response(null, { status: 202 }) : Response.json(answers);
}

/** Source: MCP 2026-07-28, "Versioning"; those before it say only that the status is 400. */
function notSpoken(version: string, versions: readonly string[], body: unknown): Response {
  const requested = beginningOf(plain(version), maxShownVersion);
  const supported = [statelessVersion, ...versions];
  const message = `MCP ${requested} is not spoken here, but ${supported.join(", ")} are.`;
  const error = { code: unsupportedVersion, message, data: { supported, requested } };
  const id = isJsonObject(body) ? (body["id"] ?? null) : null;
  return Response.json({ jsonrpc: "2.0", error, id }, { status: 400 });
}

const unsupportedVersion = -32022;
const maxShownVersion = 32;

/** A notification is handled when its turn to be answered comes, and has no answer. */
function prepare(era: Era, client: Client, message: Message): Prepared<Answer | null> {
  if (message.kind === "call") {
    const { answer, ...read } = dispatch(era.methods, client, message.call);
    return { ...read, answer: (signal) => client.calls.during(message.call.id, signal, answer) };
  }
  return {
    holdsOpenMs: 0,
    async answer() {
      if (message.kind === "notification") era.notifications.get(message.method)?.(client, message.params);
      return null;
    },
  };
}
