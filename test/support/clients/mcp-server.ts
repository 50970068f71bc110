import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { z } from "zod";

/** A small MCP server in the daemon's place, for the tests of what an agent does with one. */
export interface McpStub {
  url: string;
  /** the distinct Authorization headers that came */
  authorizations: ReadonlySet<string>;
  /** what complete() was called with */
  completed: readonly string[];
  /** protocolVersion of each initialize */
  versions: readonly string[];
  stop(): Promise<void>;
}

/** Serves one tool, complete(result), on 127.0.0.1. `initialize` is answered once beforeInitialize resolves. */
export async function startMcpStub(beforeInitialize: () => Promise<void> = async () => {}): Promise<McpStub> {
  const authorizations = new Set<string>();
  const completed: string[] = [];
  const versions: string[] = [];

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      authorizations.add(request.headers.get("authorization") ?? "");
      if (request.method !== "POST") return new Response(null, { status: 405 });
      const parsedBody: unknown = await request.json();
      const initialize = Initialize.safeParse(parsedBody);
      if (initialize.success) {
        versions.push(initialize.data.params.protocolVersion);
        await beforeInitialize();
      }
      // stateless: a server and a transport for each request
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
      await oneTool(completed).connect(transport);
      return transport.handleRequest(request, { parsedBody });
    },
  });

  return {
    url: `http://127.0.0.1:${server.port}/mcp`,
    authorizations,
    completed,
    versions,
    stop: () => server.stop(true),
  };
}

const Initialize = z.object({
  method: z.literal("initialize"),
  params: z.object({ protocolVersion: z.string() }),
});

function oneTool(completed: string[]): McpServer {
  const server = new McpServer({ name: "cord", version: "0.0.0" });
  server.registerTool(
    "complete",
    { description: "Hands in your result.", inputSchema: { result: z.string() } },
    ({ result }) => {
      completed.push(result);
      return { content: [{ type: "text", text: '{"completed":"#1"}' }] };
    },
  );
  return server;
}
