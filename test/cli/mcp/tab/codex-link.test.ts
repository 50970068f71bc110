import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CodexLink } from "../../../../src/cli/mcp/tab/codex-link.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";
import { rpcCall } from "../../../support/rpc.ts";

const thread = "0199a213-b9aa-7000-8000-000000000001";
const call = rpcCall("tools/call", { name: "tasks_list", _meta: { threadId: thread } });

/** What the local app server of Codex does at its control socket, scripted: the real one is in test/conformance. */
function controlSocket(
  home: string,
  answer: (method: string) => object | null,
): Disposable & { heard: unknown[] } {
  const folder = join(home, "app-server-control");
  mkdirSync(folder, { recursive: true });
  const heard: unknown[] = [];
  const server = Bun.serve({
    unix: join(folder, "app-server-control.sock"),
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("no", { status: 400 })),
    websocket: {
      message(socket, text) {
        const { id, method, params }: Partial<ReturnType<typeof rpcCall>> = JSON.parse(String(text));
        heard.push({ method, params });
        socket.send(JSON.stringify({ method: "thread/status/changed", params: {} }));
        const said = id === undefined ? null : answer(String(method));
        if (said !== null) socket.send(JSON.stringify({ id, ...said }));
      },
    },
  });
  return { heard, [Symbol.dispose]: () => void server.stop(true) };
}

/** A `codex` on PATH that writes down what it is called with, and ends with this code. */
function command(code: number): { args: () => string[]; env: Record<string, string> } {
  const folder = temporaryDirectory("codex-bin");
  const said = join(folder, "said");
  writeFileSync(
    join(folder, "codex"),
    `#!/bin/sh\nfor arg; do printf '%s\\n' "$arg"; done > ${said}\nexit ${code}\n`,
  );
  chmodSync(join(folder, "codex"), 0o755);
  return {
    args: () => readFileSync(said, "utf8").trimEnd().split("\n"),
    env: { PATH: `${folder}:/usr/bin:/bin` },
  };
}

test("a thread is known from its first call on, and only what can be one", () => {
  const link = new CodexLink({ CODEX_HOME: temporaryDirectory("codex") }, 7);
  const changes: unknown[] = [];
  const end = new AbortController();
  link.onChange(() => changes.push(link.facts().conversation), end.signal);
  for (const threadId of [3, "", "--last", "a b", "x".repeat(200)])
    link.heard(rpcCall("tools/call", { _meta: { threadId } }));
  expect(link.facts()).toMatchObject({ conversation: null, wake: "none" });
  link.heard(call);
  link.heard(call);
  link.hooked("busy");
  link.hooked("busy");
  expect(link.facts()).toMatchObject({ conversation: thread, wake: "queue", state: "busy" });
  expect(changes).toEqual([thread, thread]);
  end.abort();
});

test("a wake goes behind what the thread does, by the control socket", async () => {
  const home = temporaryDirectory("codex");
  using control = controlSocket(home, () => ({ result: {} }));
  const link = new CodexLink({ CODEX_HOME: home }, 7);
  expect(await link.wake("early")).toMatchObject({ by: "none", isDelivered: false });
  link.heard(call);
  expect(await link.wake("2 new messages")).toEqual({ by: "queue", isDelivered: true });
  expect(control.heard).toMatchObject([
    { method: "initialize", params: { capabilities: { experimentalApi: true } } },
    { method: "initialized" },
    {
      method: "thread/queue/add",
      params: { threadId: thread, input: [{ type: "text", text: "2 new messages" }] },
    },
  ]);
});

test("where there is no control socket, or it refuses, codex queue does it; where that fails it is said", async () => {
  const home = temporaryDirectory("codex");
  const works = command(0);
  const link = new CodexLink({ CODEX_HOME: home, ...works.env }, 7);
  link.heard(call);
  expect(await link.wake("--help")).toEqual({ by: "queue", isDelivered: true });
  expect(works.args()).toEqual(["queue", "--thread", thread, "--message=--help"]);
  const fails = new CodexLink({ CODEX_HOME: home, ...command(3).env }, 7);
  fails.heard(call);
  expect(await fails.wake("one")).toMatchObject({ isDelivered: false, trouble: "codex queue ended with 3." });
  using _ = controlSocket(home, (method) =>
    method === "initialize" ? { result: {} } : { error: { code: -32600, message: "no such method" } },
  );
  expect(await fails.wake("two")).toMatchObject({
    isDelivered: false,
    trouble: "Codex refused the message: no such method codex queue ended with 3.",
  });
});

test("a control socket that does not answer may have queued it: it is not queued again", async () => {
  const home = temporaryDirectory("codex");
  using _ = controlSocket(home, (method) => (method === "initialize" ? { result: {} } : null));
  const never = command(0);
  const link = new CodexLink({ CODEX_HOME: home, ...never.env }, 7);
  link.heard(call);
  expect(await link.wake("one")).toMatchObject({
    isDelivered: false,
    trouble: expect.stringContaining("in time"),
  });
  expect(never.args).toThrow();
});
