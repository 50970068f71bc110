import { memoryEvent, sessionHeaders } from "../../core/session.ts";
import { sseText } from "../../core/sse.ts";
import type { Caller } from "../../core/tree.ts";
import type { Services } from "../../operations/context.ts";
import { dispatch, maxBatch, type Answer, type Prepared } from "../dispatch.ts";
import { arrivalOf } from "../http/arrival.ts";
import { held, type Traffic } from "../http/held.ts";
import type { Client } from "./client.ts";
import type { Era } from "./era.ts";
import { messageIn, type Message } from "./messages.ts";
import { refused } from "./refused.ts";
import { sessionEra } from "./session-era.ts";
import { WaitingAnswers } from "./waiting-answer.ts";

/** Answers a request for /mcp. The body is that of a POST. */
interface McpEndpoint {
  handle(request: Request, caller: Caller, body: unknown): Promise<Response>;
}

/** MCP over streamable HTTP. */
export function mcpEndpoint(services: Services, seal: string, traffic: Traffic): McpEndpoint {
  return endpointOf(sessionEra(services, seal, traffic.hold), traffic);
}

export function endpointOf(era: Era, traffic: Traffic): McpEndpoint {
  const waiting = new WaitingAnswers();
  return {
    async handle(request, caller, body) {
      const lost = waiting.lost(request);
      if (lost) return lost;
      if (request.method !== "POST") return era.answerOther(request, caller);
      const client = era.clientOf(request, caller, body);
      if (client instanceof Response) return client;
      const response = await answerPost(era, client, { request, body, traffic, waiting });
      for (const [name, value] of Object.entries(client.headers())) response.headers.set(name, value);
      return response;
    },
  };
}

interface Post {
  request: Request;
  body: unknown;
  traffic: Traffic;
  waiting: WaitingAnswers;
}

/**
 * Answers a body: one message or a batch of them. What is no message refuses all of it. A call that waits is held open: as a
 * stream, or where its client reads none until there is an answer.
 */
async function answerPost(era: Era, client: Client, post: Post): Promise<Response> {
  const { request, body, traffic } = post;
  const version = request.headers.get(sessionHeaders.version);
  if (version !== null && !era.versions.includes(version))
    return refused(400, `MCP ${version} is not spoken here, but ${era.versions.join(", ")} are.`);
  const parts: unknown[] = Array.isArray(body) ? body : [body];
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
  if (waits && takesStream(request, body)) return streamed(client, post, waits, answer);
  const answers = await (waits ? held(traffic, arrivalOf(request), answer) : answer());
  return answers === null ? new Response(null, { status: 202 }) : Response.json(answers);
}

function streamed(
  client: Client,
  { request, body, traffic, waiting }: Post,
  { holdsOpenMs: ms, waitsFor }: Prepared<unknown>,
  answer: () => Promise<object | null>,
): Response {
  const wait = { for: waitsFor?.() ?? "an answer", ms };
  const isBridge = request.headers.has(sessionHeaders.stream);
  const memory = () => sseText({ event: memoryEvent, data: client.headers()[sessionHeaders.memory] ?? "" });
  return waiting.send(request, body, {
    hold: traffic.hold,
    answer,
    wait,
    ...(isBridge ? { before: memory } : {}),
  });
}

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

/** Of a batch the answers come together. An older bridge of cord's own, which names its requests too, reads no stream. */
function takesStream({ headers }: Request, body: unknown): boolean {
  if (Array.isArray(body)) return false;
  if (headers.has(sessionHeaders.request) && !headers.has(sessionHeaders.stream)) return false;
  return headers.get("accept")?.includes("text/event-stream") === true;
}
