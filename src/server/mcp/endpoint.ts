import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema, ListToolsRequestSchema, type Tool } from "@modelcontextprotocol/sdk/types.js";
import { idKey, isJsonObject } from "../../core/json.ts";
import { sessionHeaders } from "../../core/session.ts";
import type { Caller } from "../../core/tree.ts";
import { beginningOf, plain } from "../../core/text.ts";
import { version } from "../../core/version.ts";
import type { World } from "../../operations/operation.ts";
import { exchangeWith, refused, type Exchange, type Send } from "./messages.ts";
import { lostAnswer, sendWaiting } from "./waiting-answer.ts";
import { sseResponse } from "../http/sse.ts";
import { Sessions, type Session } from "./sessions.ts";
import { reminderOf } from "./tab.ts";
import type { Behalf } from "../behalf.ts";
import { toolsInRun } from "./run-tools.ts";
import { callTool, toolList, type Profile } from "./tools.ts";

/** Answers a POST, GET or DELETE on /mcp. */
export interface McpDoor {
  /** `waits`: the answer may be long in coming, and is sent as a stream that begins at once */
  handle(request: Request, caller: Caller, body: unknown, waits: boolean): Promise<Response>;
}

/**
 * MCP over streamable HTTP. What a node's calls need is in their token, and a tab's session begins anew with what its
 * client remembers, so both survive a restart of the daemon. `hold` is asked for each stream, and what it gives is called at the end of it.
 */
export function mcpDoor(world: World, seal: string, hold: () => () => void): McpDoor {
  const sessions = new Sessions(world, seal);
  const board = exchangeWith<Call>((exchange) => serverFor("board", exchange));
  const tree = exchangeWith<Call>((exchange) => serverFor("tree", exchange));
  return {
    async handle(request, caller, body, waits) {
      const lost = lostAnswer(request);
      if (lost) return lost;
      const { signal } = request;
      const send = waits ? sendWaiting(request, body, hold) : null;
      if (caller.kind === "node") {
        if (request.method !== "POST")
          return refused(405, "A node's calls need no stream.", { allow: "POST" });
        const context: Call = {
          tools: () => toolsInRun(world, caller.runId),
          call: (_key, perform) => perform({ world, caller, signal }),
        };
        return (await tree).handle(request, body, context, send);
      }
      const session = sessionOf(sessions, request, body);
      if (session instanceof Response) return session;
      switch (request.method) {
        case "POST":
          return answerTab(await board, world, sessions, session, { request, body, send });
        case "GET":
          return streamFor(session, request, hold);
        case "DELETE":
          sessions.close(session);
          return new Response(null, { status: 200 });
        default:
          return refused(405, "MCP takes POST, GET and DELETE.", { allow: "POST, GET, DELETE" });
      }
    },
  };
}

/** What came with a request: which tools there are for whoever calls, who lends what a tool's call came with to what performs it. */
interface Call {
  tools(): readonly Tool[] | Promise<readonly Tool[]>;
  call(key: string, perform: (behalf: Behalf) => Result): Result;
}
type Result = ReturnType<typeof callTool>;

const boardTools = toolList("board");

/** The session a request belongs to: a new one for `initialize`, else the one it names. */
function sessionOf(sessions: Sessions, request: Request, body: unknown): Session | Response {
  const id = request.headers.get(sessionHeaders.id);
  const reminder = request.headers.get(sessionHeaders.memory);
  if (isInitialize(body)) return sessions.open(id === null ? null : sessions.find(id, reminder));
  if (id === null) return refused(400, "Name your session in Mcp-Session-Id; initialize gives you one.");
  const session = sessions.find(id, reminder);
  return session ?? refused(404, "This session is over; initialize again.");
}

async function answerTab(
  board: Exchange<Call>,
  world: World,
  sessions: Sessions,
  session: Session,
  { request, body, send }: { request: Request; body: unknown; send: Send | null },
): Promise<Response> {
  cancelCalls(session, body);
  session.project = decoded(request, sessionHeaders.project) ?? session.project;
  noteConversation(session, request.headers.get(sessionHeaders.conversation), world.monotonic());
  const requestId = request.headers.get(sessionHeaders.request);
  const notice = noticeIn(request);
  const call: Call["call"] = async (key, perform) => {
    const stop = new AbortController();
    session.calls.set(key, stop);
    session.calledAt = world.monotonic();
    try {
      const caller = { kind: "tab" as const, agent: session.agent };
      const signal = AbortSignal.any([stop.signal, request.signal]);
      return await perform({ world, caller, signal, session, requestId, notice });
    } finally {
      session.calls.delete(key);
      session.heardAt = world.monotonic();
      sessions.tend(session);
    }
  };
  const response = await board.handle(request, body, { tools: () => boardTools, call }, send);
  response.headers.set(sessionHeaders.id, session.id);
  response.headers.set(sessionHeaders.memory, reminderOf(session));
  return response;
}

function serverFor(profile: Profile, exchange: Exchange<Call>): Server {
  const server = new Server({ name: "cord", version }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, async (_, { requestId }) => ({
    tools: [...(await exchange.callOf(requestId).context.tools())],
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { requestId }) => {
    const { key, context } = exchange.callOf(requestId);
    return context.call(key, (behalf) =>
      callTool(behalf, { profile, name: params.name, args: params.arguments ?? {} }),
    );
  });
  return server;
}

/** A cancelled call ends here: its request may have come over another connection. */
function cancelCalls(session: Session, body: unknown): void {
  for (const message of Array.isArray(body) ? body : [body]) {
    if (!isJsonObject(message) || message["method"] !== "notifications/cancelled") continue;
    const { params } = message;
    if (isJsonObject(params)) session.calls.get(idKey(params["requestId"]))?.abort();
  }
}

/** Nothing is sent on it but signs of life, so that the two sides learn of each other's end. */
function streamFor(session: Session, request: Request, hold: () => () => void): Response {
  if (!request.headers.get("accept")?.includes("text/event-stream"))
    return refused(406, "Accept text/event-stream to open the session's stream.");
  const release = hold();
  session.streams += 1;
  const { signal: over } = session.over;
  const { promise: ended, resolve: close } = Promise.withResolvers<null>();
  const onOver = () => close(null);
  over.addEventListener("abort", onOver, { once: true });
  return sseResponse(request, {
    next: () => ended,
    onEnd() {
      over.removeEventListener("abort", onOver);
      session.streams -= 1;
      release();
    },
    headers: { [sessionHeaders.id]: session.id },
  });
}

/** Null: the client did not say, or nothing that can be read. */
function decoded(request: Request, header: string): string | null {
  const value = request.headers.get(header);
  try {
    return value === null ? null : decodeURIComponent(value);
  } catch {
    return null;
  }
}

const noticeLength = 2000;

function noticeIn(request: Request): string | null {
  return beginningOf(plain(decoded(request, sessionHeaders.notice) ?? ""), noticeLength) || null;
}

/** After so long without a call an agent may have forgotten, or been cleared, without anybody's saying so. */
const forgetsAfterMs = 600_000;

/** An agent whose conversation is another, or that was silent for long, is told again what it holds. */
function noteConversation(session: Session, conversation: string | null, monotonic: number): void {
  const isOther = conversation !== null && conversation !== session.conversation;
  if (isOther || monotonic - session.calledAt > forgetsAfterMs) session.told.clear();
  if (isOther) session.conversation = conversation;
}

function isInitialize(body: unknown): boolean {
  const [message] = Array.isArray(body) ? body : [body];
  return (
    typeof message === "object" && message !== null && "method" in message && message.method === "initialize"
  );
}
