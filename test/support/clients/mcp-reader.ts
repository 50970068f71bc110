import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { sessionHeaders } from "../../../src/core/session.ts";

/** The SDK's own client over HTTP, straight to a daemon. It is closed by whoever opens it. */
export async function mcpClient(
  { url, token }: { url: string; token: string },
  project?: string,
): Promise<Client> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (project !== undefined) headers[sessionHeaders.project] = encodeURIComponent(project);
  const transport: object = new StreamableHTTPClientTransport(new URL(`${url}mcp`), {
    requestInit: { headers },
  });
  const client = new Client({ name: "a test", version: "1" });
  await client.connect(transport as Transport);
  return client;
}

/** The one text of a resource, as the JSON that it is. */
export async function readJson(client: Client, uri: string): Promise<unknown> {
  const { contents } = await client.readResource({ uri });
  const [only] = contents;
  if (contents.length !== 1 || !only || !("text" in only)) throw new Error(`${uri} is not one text.`);
  return JSON.parse(only.text);
}

/** The URIs that a client is told of, in their order, and when by performance.now(). */
export interface Updates {
  told: { uri: string; at: number }[];
  /** Resolves at the next one. */
  next(): Promise<string>;
}

export function updatesOf(client: Client): Updates {
  const told: Updates["told"] = [];
  let wake: ((uri: string) => void) | null = null;
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    told.push({ uri: params.uri, at: performance.now() });
    wake?.(params.uri);
    wake = null;
  });
  return { told, next: () => new Promise((resolve) => (wake = resolve)) };
}
