import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createClient } from "../../src/client/client.ts";
import { followEvents } from "../../src/client/events.ts";
import type { Event } from "../../src/core/event.ts";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { until } from "../support/until.ts";

let daemon: DaemonHere;

beforeEach(() => {
  daemon = daemonHere();
});
afterEach(() => daemon.stop());

const send = (name: string, kind = "task") => daemon.rpc("tasks/send", { name, kind });
const open = (query: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${daemon.url}events${query}`, {
    headers: { authorization: `Bearer ${daemon.token}`, ...headers },
    ...(signal ? { signal } : {}),
  });

/** The names of the next tasks that the stream tells of. */
async function names(response: Response, count: number): Promise<string[]> {
  const found: string[] = [];
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    found.splice(0, found.length, ...[...text.matchAll(/"name":"([^"]*)"/g)].map((match) => match[1] ?? ""));
    if (found.length >= count) break;
  }
  return found;
}

describe("the stream of events", () => {
  test("goes on after a cursor, in the query or in Last-Event-ID", async () => {
    for (const name of ["one", "two", "three"]) await send(name);
    expect(await names(await open("?since=1"), 2)).toEqual(["two", "three"]);
    expect(await names(await open("?since=0", { "last-event-id": "2" }), 1)).toEqual(["three"]);
  });

  test("without a cursor tells of what comes after its beginning", async () => {
    await send("before");
    const stream = await open("");
    await send("after");
    expect(await names(stream, 1)).toEqual(["after"]);
  });

  test("lets through what the filter in its query does", async () => {
    await send("a task");
    await send("a bug", "bug");
    await send("an ack", "ack");
    expect(await names(await open("?since=0&kind=bug,ack"), 2)).toEqual(["a bug", "an ack"]);
  });

  test.each(["?since=-1", "?since=x", "?since=1.5", `?name_contains=${"x".repeat(300)}`])(
    "refuses %s",
    async (query) => {
      expect((await open(query)).status).toBe(400);
    },
  );

  test("ends with its client: a thousand that come and go leave none behind", async () => {
    for (let round = 0; round < 50; round += 1) {
      const gone = new AbortController();
      const streams = await Promise.all(Array.from({ length: 20 }, () => open("?since=0", {}, gone.signal)));
      expect(streams.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
      gone.abort();
    }
    await send("still here");
    await until("the end of all watchers", async () =>
      JSON.stringify(await daemon.rpc("daemon/status")).includes('"watchers":0'),
    );
  });
});

test("a client that follows misses nothing and sees nothing twice while events come in", async () => {
  const end = new AbortController();
  const client = createClient({ url: daemon.url, token: daemon.token });
  const sends = Array.from({ length: 300 }, (_, index) => String(index));
  const seen: Event[] = [];
  const following = (async () => {
    for await (const event of followEvents(client, {}, 0, end.signal)) {
      seen.push(event);
      if (seen.length === sends.length) end.abort();
    }
  })();
  await Promise.all(sends.map((name) => send(name)));
  await following;
  expect(seen.map(({ seq }) => seq)).toEqual(sends.map((_, index) => index + 1));
});
