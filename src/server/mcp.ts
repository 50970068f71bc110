import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { randomUUID } from "node:crypto";
import type { Caller } from "../core/tree.ts";
import type { World } from "../operations/operation.ts";
import { version } from "../core/version.ts";
import { callTool, listedTools, type Profile } from "./tools.ts";

/** Answers a POST, GET or DELETE on /mcp. */
export interface McpDoor {
  handle(request: Request, caller: Caller, body: unknown): Promise<Response>;
}

/**
 * MCP over streamable HTTP. A node's calls carry all that matters in their token, so each is answered by itself and
 * survives a restart of the daemon; a tab gets a session.
 */
export function mcpDoor(world: World): McpDoor {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function openSession(caller: Caller): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: true,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await serverFor(
      world,
      { kind: "tab", agent: caller.kind === "tab" ? caller.agent : null },
      "board",
    ).connect(transport);
    return transport;
  }

  return {
    async handle(request, caller, body) {
      if (caller.kind === "node") {
        if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
        const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
        const server = serverFor(world, caller, "tree", request.signal);
        await server.connect(transport);
        return transport.handleRequest(request, { parsedBody: body });
      }
      const id = request.headers.get("mcp-session-id");
      const transport = id === null ? await openSession(caller) : sessions.get(id);
      if (!transport) return new Response("This session is gone; initialize again.", { status: 404 });
      return transport.handleRequest(request, body === undefined ? {} : { parsedBody: body });
    },
  };
}

function serverFor(world: World, caller: Caller, profile: Profile, until?: AbortSignal): Server {
  const server = new Server({ name: "cord", version }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [...listedTools(profile).values()].map(({ tool }) => tool),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) =>
    callTool(
      world,
      caller,
      profile,
      params.name,
      params.arguments,
      until ? AbortSignal.any([signal, until]) : signal,
    ),
  );
  return server;
}
