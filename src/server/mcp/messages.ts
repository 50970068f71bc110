import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  ErrorCode,
  JSONRPCMessageSchema,
  SUPPORTED_PROTOCOL_VERSIONS,
  type JSONRPCMessage,
  type JSONRPCRequest,
} from "@modelcontextprotocol/sdk/types.js";
import { idKey, isExactNumber, isJsonObject, jsonIn } from "../../core/json.ts";
import { sessionHeaders } from "../../core/session.ts";
import { unexpected } from "../dispatch.ts";

/**
 * Between HTTP and an MCP server that lives longer than a request: each body's calls are put to the server, and their
 * answers are the response. Calls get numbers of their own, so that clients may choose their ids as they like; the
 * number also leads a handler to what came with the request (`callOf`). Nothing stays of a call that is over.
 */
export class Exchange<Context> implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #asked = new Map<number, Asked<Context>>();
  #latest = 0;

  async start(): Promise<void> {}

  async close(): Promise<void> {
    this.onclose?.();
  }

  /** Called by the server with an answer. It sends nothing of its own accord. */
  async send(message: JSONRPCMessage): Promise<void> {
    if ("method" in message || message.id === undefined) return;
    const asked = this.#asked.get(Number(message.id));
    asked?.answer({ ...withoutDump(message, asked.method), id: asked.id });
  }

  /** The key of the client's id of the call of this number, and what came with it. Throws for one that is over. */
  callOf(number: string | number): { key: string; context: Context } {
    const asked = this.#asked.get(Number(number));
    if (!asked) throw new Error("this call is over");
    return { key: idKey(asked.id), context: asked.context };
  }

  /** Answers a body: one message or a batch of them. A single call is given to `send`, where there is one. */
  async handle(
    request: Request,
    body: unknown,
    context: Context,
    send: Send | null = null,
  ): Promise<Response> {
    const version = request.headers.get(sessionHeaders.version);
    if (version !== null && !SUPPORTED_PROTOCOL_VERSIONS.includes(version))
      return refused(
        400,
        `MCP ${version} is not spoken here, but ${SUPPORTED_PROTOCOL_VERSIONS.join(", ")} are.`,
      );
    const messages: Numbered[] = [];
    const parts: unknown[] = Array.isArray(body) ? body : [body];
    if (parts.length > batchLimit)
      return refused(400, `A batch may hold ${batchLimit} messages.`, {}, -32600);
    for (const part of parts) {
      const message = numbered(part);
      if (!message) return refused(400, "This is no JSON-RPC 2.0 message.", {}, -32600);
      messages.push(message);
    }
    const [only] = messages;
    if (send && only && isCall(only.message) && !Array.isArray(body)) {
      const { id, message } = only;
      return send(() => this.#ask(id, message, context, request.signal));
    }
    const answers = await Promise.all(
      messages.flatMap((message) => this.#put(message, context, request.signal)),
    );
    if (answers.length === 0) return new Response(null, { status: 202 });
    return Response.json(Array.isArray(body) ? answers : answers[0]);
  }

  #put({ id, message }: Numbered, context: Context, signal: AbortSignal): Promise<Answered>[] {
    if (isCall(message)) return [this.#ask(id, message, context, signal)];
    // a cancelled call is answered early by whoever performs it; the server would never answer it
    if (!("method" in message) || message.method !== "notifications/cancelled") this.onmessage?.(message);
    return [];
  }

  async #ask(id: unknown, message: JSONRPCRequest, context: Context, signal: AbortSignal): Promise<Answered> {
    const number = (this.#latest += 1);
    const { promise, resolve } = Promise.withResolvers<Answered>();
    const gone = () => resolve({ jsonrpc: "2.0", id, error: { code: -32000, message: "The client went." } });
    this.#asked.set(number, { id, method: message.method, answer: resolve, context });
    signal.addEventListener("abort", gone, { once: true });
    try {
      this.onmessage?.({ ...message, id: number });
      return await promise;
    } finally {
      signal.removeEventListener("abort", gone);
      this.#asked.delete(number);
    }
  }
}

/** A message, and its id as the client wrote it. */
interface Numbered {
  id: unknown;
  message: JSONRPCMessage;
}

/** No id is the SDK's affair, which knows only whole numbers that JavaScript has. Null for what is no message. */
function numbered(part: unknown): Numbered | null {
  if (!isJsonObject(part)) return null;
  const { id } = part;
  const isCall = typeof id === "string" || typeof id === "number" || isExactNumber(id);
  const message = JSONRPCMessageSchema.safeParse(spelledOut(isCall ? { ...part, id: 0 } : part)).data;
  return message ? { id, message } : null;
}

/** Clients say that there is nothing in several ways, and some write the arguments as text. Of `_meta` nothing is read here. */
function spelledOut({ params, ...message }: Record<string, unknown>): Record<string, unknown> {
  const call = { jsonrpc: "2.0", ...message };
  if (isNothing(params)) return call;
  if (!isJsonObject(params)) return { ...call, params };
  const { arguments: written, _meta, ...others } = params;
  const given = typeof written === "string" && written !== "" ? (jsonIn(written) ?? written) : written;
  const said = Object.entries({ ...others, arguments: given }).filter(([, value]) => !isNothing(value));
  return { ...call, params: Object.fromEntries(said) };
}

/** An empty list is how PHP writes an empty object. */
function isNothing(value: unknown): boolean {
  return (
    value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

/** A message of the server to a client, with the client's id. */
type Answered = object;

/** How the answer to a call that may be long in coming is sent; `begin` makes the call, and does not reject. */
export type Send = (begin: () => Promise<Answered>) => Response;

function isCall(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && "id" in message;
}

/** The SDK answers what its schemas do not let through with an internal error and the whole of zod's complaint. */
function withoutDump(message: JSONRPCMessage, method: string): JSONRPCMessage {
  if (!("error" in message) || message.error.code !== ErrorCode.InternalError) return message;
  if (!message.error.message.startsWith("["))
    return {
      ...message,
      error: { code: ErrorCode.InternalError, message: unexpected(message.error.message).message },
    };
  const what = misfits[method] ?? "The parameters do not fit this method of MCP.";
  return { ...message, error: { code: ErrorCode.InvalidParams, message: what } };
}

const misfits: Readonly<Record<string, string>> = {
  "tools/call": "tools/call takes the name of a tool, and its arguments by name, in an object.",
  initialize: "initialize takes protocolVersion, capabilities and clientInfo.",
};

const batchLimit = 100;

interface Asked<Context> {
  /** as the client numbers it */
  id: unknown;
  method: string;
  answer: (message: Answered) => void;
  context: Context;
}

/** An exchange with a server behind it. */
export async function exchangeWith<Context>(
  serverFor: (exchange: Exchange<Context>) => Server,
): Promise<Exchange<Context>> {
  const exchange = new Exchange<Context>();
  await serverFor(exchange).connect(exchange);
  return exchange;
}

/** A request that no server needs to see. */
export function refused(
  status: number,
  message: string,
  headers: Record<string, string> = {},
  code = -32000,
): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status, headers });
}
