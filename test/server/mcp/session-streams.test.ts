import { afterAll, beforeAll, expect, test } from "bun:test";
import { SseReader } from "../../../src/core/sse.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { rpcCall } from "../../support/rpc.ts";

/** The streams of a session, message by message, as clients open several and move on. */

let daemon: DaemonHere;
beforeAll(() => {
  daemon = daemonHere();
});
afterAll(() => daemon.stop());

const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };

/** A session in a project, which each request says anew. */
async function sessionIn(project: string) {
  let at = project;
  const headers = (): Record<string, string> => ({
    authorization: `Bearer ${daemon.token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "cord-project": encodeURIComponent(at),
  });
  const post = (id: string | null, method: string, params: object) =>
    fetch(`${daemon.url}mcp`, {
      method: "POST",
      headers: { ...headers(), ...(id === null ? {} : { "mcp-session-id": id }) },
      body: JSON.stringify(rpcCall(method, params)),
    });
  const session = (await post(null, "initialize", hello)).headers.get("mcp-session-id") ?? "";
  return {
    move: (to: string) => (at = to),
    call: async (method: string, params: object = {}): Promise<unknown> =>
      (await post(session, method, params)).json(),
    /** Opens a stream; what comes on it, until it is given up. */
    async open(end: AbortSignal): Promise<AsyncGenerator<unknown>> {
      const { authorization = "" } = headers();
      const asked = { authorization, accept: "text/event-stream", "mcp-session-id": session };
      return messagesOf(await fetch(`${daemon.url}mcp`, { headers: asked, signal: end }));
    },
  };
}

async function* messagesOf({ body }: Response): AsyncGenerator<unknown> {
  const reader = new SseReader();
  for await (const bytes of body ?? []) for (const { data } of reader.push(bytes)) yield JSON.parse(data);
}

const updated = (uri: string) => ({
  jsonrpc: "2.0",
  method: "notifications/resources/updated",
  params: { uri },
});
const send = (project: string) => daemon.rpc("tasks/send", { name: "work", project });

test("a change is told on every stream of the session", async () => {
  const session = await sessionIn("/both");
  const end = new AbortController();
  await session.call("resources/subscribe", { uri: "cord://tasks" });
  const [first, second] = [await session.open(end.signal), await session.open(end.signal)];
  // the first stream is told at once of what may have changed before it was there, the second of the change alone
  expect((await first.next()).value).toEqual(updated("cord://tasks"));
  await send("/both");
  for (const stream of [first, second]) expect((await stream.next()).value).toEqual(updated("cord://tasks"));
  end.abort();
});

test("a session that moves to another project is told of it, and of that one's changes from then on", async () => {
  const session = await sessionIn("/old");
  const end = new AbortController();
  const stream = await session.open(end.signal);
  const moved = stream.next();
  await session.call("resources/subscribe", { uri: "cord://tasks" });
  session.move("/new");
  await session.call("ping");
  expect((await moved).value).toEqual(updated("cord://tasks"));
  const next = stream.next();
  await send("/old");
  await send("/new");
  expect((await next).value).toEqual(updated("cord://tasks"));
  const list = { result: { contents: [{ text: expect.stringContaining('"project":"/new"') }] } };
  expect(await session.call("resources/read", { uri: "cord://tasks" })).toMatchObject(list);
  end.abort();
});
