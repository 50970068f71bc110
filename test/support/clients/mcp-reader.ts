import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";

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
