import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CodexLink } from "../../../../src/cli/mcp/tab/codex-link.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";
import { rpcCall } from "../../../support/rpc.ts";

const thread = "0199a213-b9aa-7000-8000-000000000001";
const call = rpcCall("tools/call", { name: "tasks_list", _meta: { threadId: thread } });

interface Control extends Disposable {
  heard: unknown[];
  /** Says something to all that are connected. */
  says(method: string, params: object): void;
}

/** What the local app server of Codex does at its control socket, scripted: the real one is in test/conformance. */
function controlSocket(home: string, answer: (method: string) => object | "close" | null): Control {
  const folder = join(home, "app-server-control");
  mkdirSync(folder, { recursive: true });
  const heard: unknown[] = [];
  const server = Bun.serve({
    unix: join(folder, "app-server-control.sock"),
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("no", { status: 400 })),
    websocket: {
      open: (socket) => void socket.subscribe("all"),
      message(socket, text) {
        const { id, method, params }: Partial<ReturnType<typeof rpcCall>> = JSON.parse(String(text));
        heard.push({ method, params });
        const said = id === undefined ? null : answer(String(method));
        if (said === "close") socket.terminate();
        else if (said !== null) socket.send(JSON.stringify({ id, ...said }));
      },
    },
  });
  return {
    heard,
    says: (method, params) => void server.publish("all", JSON.stringify({ method, params })),
    [Symbol.dispose]: () => void server.stop(true),
  };
}

const idle = { result: { thread: { id: thread, name: null, status: { type: "idle" } } } };

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
  using control = controlSocket(home, (method) => (method === "thread/read" ? idle : { result: {} }));
  const link = new CodexLink({ CODEX_HOME: home }, 7);
  expect(await link.wake("early")).toMatchObject({ by: "none", isDelivered: false });
  link.heard(call);
  expect(await link.wake("2 new messages")).toEqual({ by: "queue", isDelivered: true });
  expect(control.heard).toEqual([
    { method: "initialize", params: expect.objectContaining({ capabilities: { experimentalApi: true } }) },
    { method: "initialized" },
    { method: "thread/read", params: { threadId: thread } },
    {
      method: "thread/queue/add",
      params: {
        threadId: thread,
        clientUserMessageId: expect.any(String),
        input: [{ type: "text", text: "2 new messages" }],
      },
    },
  ]);
});

test("what a thread does, what it waits for its person with and its name are the app server's word", async () => {
  const home = temporaryDirectory("codex");
  using control = controlSocket(home, (method) => (method === "thread/read" ? idle : { result: {} }));
  const link = new CodexLink({ CODEX_HOME: home }, 7);
  const end = new AbortController();
  const isSo = (facts: object) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (Bun.deepMatch(facts, link.facts())) resolve();
      };
      link.onChange(look, end.signal);
    });
  const isIdle = isSo({ state: "idle", waitingFor: null, shownName: null });
  link.hooked("busy");
  link.heard(call);
  await isIdle;
  const active = (...activeFlags: string[]) => ({
    threadId: thread,
    status: { type: "active", activeFlags },
  });
  const isBusy = isSo({ state: "busy" });
  control.says("thread/status/changed", { ...active(), threadId: "another" });
  control.says("thread/status/changed", active());
  await isBusy;
  const waits = isSo({ state: "waiting", waitingFor: "approval", shownName: "billing" });
  control.says("thread/status/changed", active("waitingOnApproval"));
  control.says("thread/name/updated", { threadId: thread, threadName: "billing" });
  await waits;
  // its hooks say what it does where its app server is gone
  const isHooked = isSo({ state: "busy", waitingFor: null, shownName: null, wake: "queue" });
  control[Symbol.dispose]();
  await isHooked;
  end.abort();
});

test("what a thread does now is no older than what its app server has told while it looked that up", async () => {
  const home = temporaryDirectory("codex");
  const turn = { thread: { id: thread, name: null, status: { type: "active", activeFlags: [] } } };
  using control = controlSocket(home, (method) => {
    if (method !== "thread/read") return { result: {} };
    control.says("thread/status/changed", { threadId: thread, status: { type: "idle" } });
    control.says("thread/name/updated", { threadId: thread, threadName: "billing" });
    return { result: turn };
  });
  const link = new CodexLink({ CODEX_HOME: home }, 7);
  link.heard(call);
  await link.wake("one");
  expect(link.facts()).toMatchObject({ state: "idle", shownName: "billing" });
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

test("a control socket whose path no URL can hold is as none", async () => {
  const home = join(temporaryDirectory("codex"), "work #2");
  using _ = controlSocket(home, () => ({ result: {} }));
  const works = command(0);
  const link = new CodexLink({ CODEX_HOME: home, ...works.env }, 7);
  link.heard(call);
  expect(await link.wake("one")).toEqual({ by: "queue", isDelivered: true });
  expect(works.args()).toEqual(["queue", "--thread", thread, "--message=one"]);
});

test("a control socket that does not answer may have queued it: it is not queued again", async () => {
  const home = temporaryDirectory("codex");
  let isClosing = false;
  using _ = controlSocket(home, (method) => {
    if (method === "initialize") return { result: {} };
    return isClosing && method === "thread/queue/add" ? "close" : null;
  });
  const never = command(0);
  const link = new CodexLink({ CODEX_HOME: home, ...never.env }, 7);
  link.heard(call);
  for (const closes of [false, true]) {
    isClosing = closes;
    expect(await link.wake("one")).toMatchObject({
      isDelivered: false,
      trouble: expect.stringContaining("in time"),
    });
  }
  expect(never.args).toThrow();
});
