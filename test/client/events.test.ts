import { afterEach, expect, test } from "bun:test";
import { createClient } from "../../src/client/client.ts";
import { followEvents } from "../../src/client/events.ts";
import { eventText } from "../../src/core/event.ts";
import { eventOf } from "../support/events.ts";
import { proved } from "../support/network/proved.ts";

const token = "token";
let server: Bun.Server<undefined>;

afterEach(() => server.stop(true));

/** Stands in for a daemon of another version: no daemon of this one writes such events. */
function daemonSaying(frames: readonly string[]): string {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) =>
      proved(request, token) ??
      new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } }),
  });
  return server.url.href;
}

const told = (seq: number) => eventOf("task.told", { seq, data: { by: "human", text: "hurry" } });
const frame = (data: string) => `id: 1\nevent: any\ndata: ${data}\n\n`;

test("a client that follows leaves out what it does not know, and goes on", async () => {
  const url = daemonSaying([
    frame(eventText(told(1))),
    frame(JSON.stringify({ ...told(2), type: "task.split" })),
    frame("{"),
    frame(JSON.stringify({ ...told(4), at: 5 })),
    frame(eventText(told(5))),
  ]);
  const end = new AbortController();
  const seen: number[] = [];
  for await (const event of followEvents(createClient({ url, token }), {}, 0, end.signal)) {
    seen.push(event.seq);
    if (event.seq === 5) end.abort();
  }
  expect(seen).toEqual([1, 5]);
});
