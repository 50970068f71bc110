import { describe, expect, test } from "bun:test";
import { countedTraffic } from "../../support/network/traffic.ts";
import {
  answerAlive,
  answerOnce,
  answerStream,
  signEveryMs,
  type Binding,
} from "../../../src/server/a2a/alive.ts";

/** How an answer that waits shows that it lives, without the daemon around it. */

/** A short time between signs of life: what is tested is that they come. */
const soonMs = 20;

const request = () => new Request("http://127.0.0.1/a2a", { method: "POST" });

function bindingOf(failsByStatus: boolean): Binding {
  return {
    contentType: "application/json",
    headers: { "a2a-extensions": "urn:x" },
    refused: (error) => ({
      text: JSON.stringify({ error: String(error) }),
      status: failsByStatus ? 404 : 200,
      headers: {},
    }),
    lastEvent: (error) => `data: ${JSON.stringify({ error: String(error) })}\n\n`,
    failsByStatus,
  };
}

/** Reads pieces until one has been seen that matches; gives all of them. */
async function read(reader: ReturnType<typeof readerOf>, until: (text: string) => boolean) {
  const decoder = new TextDecoder();
  let text = "";
  while (!until(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

function readerOf(response: Response) {
  if (!response.body) throw new Error("there is no body");
  return response.body.getReader();
}

describe.each([
  ["HTTP+JSON", true],
  ["JSON-RPC", false],
])("over %s a blocking answer", (_, failsByStatus) => {
  const binding = bindingOf(failsByStatus);

  test("that comes soon is plain JSON, and so is a refusal, with its own status", async () => {
    const counted = countedTraffic();
    const soon = await answerAlive(request(), counted, binding, async () => ({ task: 1 }));
    expect([soon.status, await soon.text(), soon.headers.get("a2a-extensions")]).toEqual([
      200,
      '{"task":1}',
      "urn:x",
    ]);
    const refused = await answerAlive(request(), counted, binding, () => Promise.reject(new Error("no")));
    expect([refused.status, await refused.text()]).toEqual([
      failsByStatus ? 404 : 200,
      '{"error":"Error: no"}',
    ]);
    expect(counted.held()).toBe(0);
  });

  test("that waits begins with a space, and again, and is JSON as a whole", async () => {
    const counted = countedTraffic();
    const answer = Promise.withResolvers<object>();
    const response = await answerAlive(request(), counted, binding, () => answer.promise, soonMs);
    expect([response.status, response.headers.get("content-type"), counted.held()]).toEqual([
      200,
      "application/json",
      1,
    ]);
    const reader = readerOf(response);
    const signs = await read(reader, (text) => text.length === 2);
    expect(signs).toBe("  ");
    answer.resolve({ task: { id: "a" } });
    const rest = await read(reader, () => false);
    expect(JSON.parse(signs + rest)).toEqual({ task: { id: "a" } });
    expect(counted.held()).toBe(0);
  });

  test("that fails after a sign of life is an error where that can be told, and else breaks off", async () => {
    const counted = countedTraffic();
    const answer = Promise.withResolvers<object>();
    const reader = readerOf(await answerAlive(request(), counted, binding, () => answer.promise, soonMs));
    expect(await read(reader, (text) => text !== "")).toBe(" ");
    answer.reject(new Error("lost"));
    const rest = read(reader, () => false);
    if (failsByStatus) await expect(rest).rejects.toThrow("failed after its answer had begun");
    else expect(JSON.parse(await rest)).toEqual({ error: "Error: lost" });
    expect(counted.held()).toBe(0);
  });

  test("whose client has gone is let go", async () => {
    const counted = countedTraffic();
    const gone = new AbortController();
    const asked = new Request("http://127.0.0.1/a2a", { signal: gone.signal });
    const answer = answerAlive(asked, counted, binding, () => new Promise(() => {}), soonMs);
    const reader = readerOf(await answer);
    expect(counted.held()).toBe(1);
    gone.abort();
    expect(counted.held()).toBe(0);
    await reader.cancel();
  });
});

/** Events, and then a failure. */
async function* failing(events: object[]): AsyncGenerator<object, void, undefined> {
  yield* events;
  yield await Promise.reject(new Error("lost"));
}

test("the signs of life are within what clients wait for", () => expect(signEveryMs).toBeLessThan(3000));

test("a call that ends by itself holds nothing", async () => {
  const response = await answerOnce(bindingOf(true), async () => ({}));
  expect([response.status, await response.text()]).toEqual([200, "{}"]);
});

describe("a stream", () => {
  const binding = bindingOf(true);

  test("that fails before its first event is a plain refusal", async () => {
    const counted = countedTraffic();
    const response = await answerStream(request(), counted, binding, failing([]));
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      404,
      "application/json",
      '{"error":"Error: lost"}',
    ]);
    expect(counted.held()).toBe(0);
  });

  test("begins with its first event, has comments while nothing happens, and ends with its events", async () => {
    const counted = countedTraffic();
    const next = Promise.withResolvers<object>();
    async function* events(): AsyncGenerator<object, void, undefined> {
      yield { task: 1 };
      yield await next.promise;
    }
    const response = await answerStream(request(), counted, binding, events(), soonMs);
    expect([response.headers.get("content-type"), response.headers.get("a2a-extensions")]).toEqual([
      "text/event-stream",
      "urn:x",
    ]);
    const reader = readerOf(response);
    expect(await read(reader, (text) => text.endsWith(":\n\n"))).toBe('data: {"task":1}\n\n:\n\n');
    next.resolve({ statusUpdate: 2 });
    expect(await read(reader, () => false)).toBe('data: {"statusUpdate":2}\n\n');
    expect(counted.held()).toBe(0);
  });

  test("that fails on its way says so as its last event", async () => {
    const response = await answerStream(request(), countedTraffic(), binding, failing([{ task: 1 }]));
    expect(await response.text()).toBe('data: {"task":1}\n\ndata: {"error":"Error: lost"}\n\n');
  });

  test("whose client has gone is let go, and so is what made its events", async () => {
    const counted = countedTraffic();
    const gone = new AbortController();
    const ended = Promise.withResolvers<void>();
    async function* events(): AsyncGenerator<object, void, undefined> {
      try {
        yield { task: 1 };
        yield { task: 2 };
      } finally {
        ended.resolve();
      }
    }
    const asked = new Request("http://127.0.0.1/a2a", { signal: gone.signal });
    const reader = readerOf(await answerStream(asked, counted, binding, events()));
    gone.abort();
    await ended.promise;
    expect(counted.held()).toBe(0);
    await reader.cancel();
  });

  test("of which nothing is read asks for no further event", async () => {
    let made = 0;
    async function* events(): AsyncGenerator<object, void, undefined> {
      for (;;) yield { made: (made += 1) };
    }
    const response = await answerStream(request(), countedTraffic(), binding, events(), soonMs);
    const reader = readerOf(response);
    await reader.read();
    expect(made).toBe(1);
    await reader.read();
    expect(made).toBe(2);
    await reader.cancel();
  });
});
