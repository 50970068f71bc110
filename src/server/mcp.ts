import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import {
  CallToolRequestSchema,
  CancelledNotificationSchema,
  ListToolsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { sessionHeaders } from "../core/session.ts";
import type { Caller } from "../core/tree.ts";
import { version } from "../core/version.ts";
import type { World } from "../operations/operation.ts";
import { createSessions, type Session, type Sessions } from "./sessions.ts";
import { reminderOf } from "./tab.ts";
import { callTool, listedTools, type Profile, type ToolCall } from "./tools.ts";

/** Answers a POST, GET or DELETE on /mcp. */
export interface McpDoor {
  handle(request: Request, caller: Caller, body: unknown): Promise<Response>;
}

/**
 * MCP over streamable HTTP. Each request is answered by itself: what a node's calls need is in their token, and a tab's
 * session is kept beside the protocol, so both survive a restart of the daemon.
 */
export function mcpDoor(world: World, seal: string, sessions = createSessions(world, seal)): McpDoor {
  return {
    async handle(request, caller, body) {
      if (caller.kind === "node") {
        if (request.method !== "POST")
          return refused(405, "A node's calls need no stream.", { allow: "POST" });
        return answer(
          request,
          body,
          serverFor("tree", (call) => callTool({ world, caller, signal: request.signal }, call)),
        );
      }
      const session = sessionOf(sessions, request, body);
      if (session instanceof Response) return session;
      session.project = projectOf(request);
      switch (request.method) {
        case "POST":
          return answerTab(world, sessions, session, request, body);
        case "GET":
          return streamFor(session, request);
        case "DELETE":
          sessions.close(session);
          return new Response(null, { status: 200 });
        default:
          return refused(405, "MCP takes POST, GET and DELETE.", { allow: "POST, GET, DELETE" });
      }
    },
  };
}

/** The session a request belongs to: a new one for `initialize`, else the one it names. */
function sessionOf(sessions: Sessions, request: Request, body: unknown): Session | Response {
  const id = request.headers.get(sessionHeaders.id);
  if (isInitialize(body)) return sessions.open();
  if (id === null) return refused(400, "Name your session in Mcp-Session-Id; initialize gives you one.");
  const session = sessions.find(id, request.headers.get(sessionHeaders.memory));
  return session ?? refused(404, "This session is over; initialize again.");
}

async function answerTab(
  world: World,
  sessions: Sessions,
  session: Session,
  request: Request,
  body: unknown,
): Promise<Response> {
  cancelCalls(session, body);
  const requestId = request.headers.get(sessionHeaders.request);
  const server = serverFor("board", async (call, id) => {
    const stop = new AbortController();
    session.calls.set(id, stop);
    session.calledAt = world.clock();
    try {
      const caller = { kind: "tab" as const, agent: session.agent };
      const signal = AbortSignal.any([stop.signal, request.signal]);
      return await callTool({ world, caller, signal, session, requestId }, call);
    } finally {
      session.calls.delete(id);
      session.heardAt = world.clock();
      sessions.tend(session);
    }
  });
  const response = await answer(request, body, server);
  response.headers.set(sessionHeaders.id, session.id);
  response.headers.set(sessionHeaders.memory, reminderOf(session));
  return response;
}

/** One request, one transport: nothing of it is left when its client goes in the middle. */
async function answer(request: Request, body: unknown, server: Server): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  return transport.handleRequest(request, { parsedBody: body });
}

function serverFor(
  profile: Profile,
  perform: (call: ToolCall, id: string | number) => ReturnType<typeof callTool>,
): Server {
  const server = new Server({ name: "cord", version }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [...listedTools(profile).values()].map(({ tool }) => tool),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { requestId }) =>
    perform({ profile, name: params.name, args: params.arguments }, requestId),
  );
  return server;
}

/** A cancelled call ends here: its request may have come over another connection. */
function cancelCalls(session: Session, body: unknown): void {
  for (const message of Array.isArray(body) ? body : [body]) {
    const cancelled = CancelledNotificationSchema.safeParse(message).data;
    const id = cancelled?.params.requestId;
    if (id !== undefined) session.calls.get(id)?.abort();
  }
}

/** Nothing is sent on it but signs of life, so that the two sides learn of each other's end. */
function streamFor(session: Session, request: Request): Response {
  if (!request.headers.get("accept")?.includes("text/event-stream"))
    return refused(406, "Accept text/event-stream to open the session's stream.");
  let beat: NodeJS.Timeout | undefined;
  let isOpen = false;
  const end = () => {
    clearInterval(beat);
    if (isOpen) session.streams -= 1;
    isOpen = false;
  };
  request.signal.addEventListener("abort", end, { once: true });
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      isOpen = true;
      session.streams += 1;
      controller.enqueue(sign);
      beat = setInterval(() => controller.enqueue(sign), signEveryMs);
    },
    cancel: end,
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      [sessionHeaders.id]: session.id,
    },
  });
}

const sign = new TextEncoder().encode(": cord\n\n");
const signEveryMs = 15_000;

function projectOf(request: Request): string | null {
  const project = request.headers.get(sessionHeaders.project);
  try {
    return project === null || project === "" ? null : decodeURIComponent(project);
  } catch {
    return null;
  }
}

function isInitialize(body: unknown): boolean {
  const [message] = Array.isArray(body) ? body : [body];
  return (
    typeof message === "object" && message !== null && "method" in message && message.method === "initialize"
  );
}

function refused(status: number, message: string, headers: Record<string, string> = {}): Response {
  const error = { code: -32000, message };
  return Response.json({ jsonrpc: "2.0", error, id: null }, { status, headers });
}
