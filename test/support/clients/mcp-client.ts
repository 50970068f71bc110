import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { sessionHeaders } from "../../../src/core/session.ts";
import type { Board } from "../machine/board.ts";

/** A tab: the SDK's own client, over stdio through `cord mcp` or straight over HTTP. */
export interface TestTab extends AsyncDisposable {
  client: Client;
  /** What a tool answers: its structuredContent, or with isError its sentence. */
  call(
    name: string,
    args?: Record<string, unknown>,
  ): Promise<{ error?: string; value: Record<string, unknown> }>;
  /** the bridge's process; null over HTTP */
  pid: number | null;
}

export interface StdioOptions {
  /** where the client starts the bridge */
  cwd?: string;
  /** flags of `cord mcp` */
  args?: readonly string[];
  /** what the client answers when it is asked for its roots; without it the client has none to offer */
  roots?: () => Promise<unknown> | unknown;
}

export async function stdioTab(
  board: Board,
  env: Record<string, string> = {},
  options: StdioOptions = {},
): Promise<TestTab> {
  const [command = "", ...args] = board.argv("mcp", ...(options.args ?? []));
  const transport = new StdioClientTransport({
    command,
    args,
    cwd: options.cwd ?? board.cwd,
    env: { ...board.env, ...env },
    stderr: "pipe",
  });
  const client = await connected(transport, options.roots);
  return tab(client, transport.pid);
}

export async function httpTab(board: Board, project?: string): Promise<TestTab> {
  return tab(await mcpClient(board, project), null);
}

/** The SDK's own client over HTTP, straight to a daemon. It is closed by whoever opens it. */
export async function mcpClient(
  { url, token }: { url: string; token: string },
  project?: string,
): Promise<Client> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (project !== undefined) headers[sessionHeaders.project] = encodeURIComponent(project);
  const transport = new StreamableHTTPClientTransport(new URL(`${url}mcp`), { requestInit: { headers } });
  return connected(transport);
}

async function connected(transport: object, roots?: StdioOptions["roots"]): Promise<Client> {
  const capabilities = roots ? { roots: { listChanged: true } } : {};
  const client = new Client({ name: "a test", version: "1" }, { capabilities });
  if (roots) {
    const method = ListRootsRequestSchema.shape.method;
    // whatever a client answers, also what does not fit
    client.setRequestHandler(z.object({ method }), async () => z.looseObject({}).parse(await roots()));
  }
  await client.connect(transport as Transport);
  return client;
}

const Answer = z.object({
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  content: z.array(z.object({ type: z.literal("text"), text: z.string() })),
});

function tab(client: Client, pid: number | null): TestTab {
  return {
    client,
    pid,
    async call(name, args = {}) {
      const answer = Answer.parse(await client.callTool({ name, arguments: args }));
      const [{ text } = { text: "" }] = answer.content;
      if (answer.isError) return { error: text, value: {} };
      return { value: answer.structuredContent ?? {} };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
