import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { costOf, tokenBudget } from "../../scripts/count-tools.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { hostile, unsafe } from "../support/hostile.ts";
import { httpTab, stdioTab, type TestTab } from "../support/clients/mcp-client.ts";
import { until } from "../support/until.ts";
import { rpcCall } from "../support/rpc.ts";

/** Tabs: the MCP SDK's own client, through `cord mcp` and over HTTP. */

let board: Board;
beforeAll(async () => {
  board = await startBoard();
});
afterAll(() => board[Symbol.asyncDispose]());

const watchers = async () => (await board.client.call("daemon/status", {})).watchers;

/** A call of a tool, as a script writes it. */
const lineOf = (id: number, name: string, args: object) =>
  JSON.stringify(rpcCall("tools/call", { name, arguments: args }, id));
const Answered = z.object({ id: z.number(), result: z.record(z.string(), z.unknown()) });

const names = [
  "tasks_send",
  "tasks_get",
  "tasks_list",
  "tasks_claim",
  "tasks_extend",
  "tasks_release",
  "tasks_reclaim",
  "tasks_say",
  "tasks_ask",
  "tasks_answer",
  "tasks_complete",
  "tasks_fail",
  "tasks_cancel",
  "tasks_watch",
  "messages_send",
  "messages_list",
  "agents_heartbeat",
  "agents_list",
  "files_reserve",
  "files_release",
  "files_list",
];
const readers = new Set(["tasks_get", "tasks_list", "agents_list", "files_list"]);

describe.each([
  ["stdio", () => stdioTab(board)],
  ["HTTP", () => httpTab(board, board.cwd)],
])("a tab over %s", (transport, open) => {
  let tab: TestTab;
  beforeAll(async () => {
    await board.serve();
    tab = await open();
  });
  afterAll(() => tab[Symbol.asyncDispose]());

  async function send(args: Record<string, unknown> = {}): Promise<string> {
    return String((await tab.call("tasks_send", { name: "work", ...args })).value["id"]);
  }

  test("is shown the board's tools, each with what it does to the world", async () => {
    const { tools } = await tab.client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const { name, annotations, description, inputSchema } of tools) {
      expect(annotations).toMatchObject({
        readOnlyHint: readers.has(name),
        destructiveHint: name === "tasks_cancel",
      });
      expect(description).toBeString();
      for (const parameter of Object.keys(inputSchema.properties ?? {}))
        expect(parameter).toMatch(/^[a-z_]+$/);
    }
  });

  test("can call each of them", async () => {
    expect((await tab.call("agents_heartbeat", { id: "tab", name: "The tab" })).value).toMatchObject({
      ok: true,
    });
    expect((await tab.call("agents_list")).value["items"]).toContainEqual(
      expect.objectContaining({ id: "tab", name: "The tab" }),
    );
    const id = await send({ kind: "bug", priority: "high", payload: { file: "a.ts" } });
    expect((await tab.call("tasks_get", { id })).value).toMatchObject({
      project: board.cwd,
      payload: { file: "a.ts" },
    });
    expect((await tab.call("tasks_list", { kind: "bug", state: "pending" })).value["items"]).toMatchObject([
      { id },
    ]);
    expect((await tab.call("tasks_claim", { id, agent_id: "tab", lease_seconds: 60 })).value).toMatchObject({
      epoch: 1,
    });
    expect((await tab.call("tasks_extend", { id, agent_id: "tab" })).value).toMatchObject({ ok: true });
    const ack = { post_ack: true, ack_name: "v1 fixed", ack_payload: { sha: "abc" }, ack_priority: "urgent" };
    expect((await tab.call("tasks_complete", { id, result: ["done"], ...ack })).value).toMatchObject({
      ok: true,
      ack: { name: "v1 fixed", priority: "urgent", payload: { fixed_bug_id: id, sha: "abc" } },
    });
    const asking = await send();
    await tab.call("tasks_claim", { id: asking, agent_id: "tab" });
    expect((await tab.call("tasks_say", { id: asking, text: "half done" })).value).toMatchObject({
      ok: true,
    });
    const asked = tab.call("tasks_ask", { id: asking, question: "Which?", wait_seconds: 50 });
    await until("the question", async () => {
      return (await tab.call("tasks_get", { id: asking })).value["state"] === "waiting";
    });
    expect((await tab.call("tasks_answer", { id: asking, answer: "red" })).value).toMatchObject({ epoch: 2 });
    expect((await asked).value).toMatchObject({ answer: "red", task: { state: "claimed", epoch: 2 } });
    expect((await tab.call("tasks_release", { id: asking })).value).toMatchObject({ state: "pending" });
    await tab.call("tasks_claim", { id: asking, agent_id: "tab" });
    const artifacts = [{ name: "log", parts: [{ raw: "aGk=", filename: "a.log", mediaType: "text/plain" }] }];
    expect((await tab.call("tasks_complete", { id: asking, artifacts })).value).toMatchObject({ ok: true });
    expect((await tab.call("tasks_get", { id: asking })).value).toMatchObject({ artifacts });
    const failing = await send();
    await tab.call("tasks_claim", { id: failing, agent_id: "tab" });
    expect((await tab.call("tasks_fail", { id: failing, reason: "no" })).value).toMatchObject({
      state: "failed",
    });
    expect((await tab.call("tasks_cancel", { id: await send() })).value).toEqual({ ok: true });
    expect((await tab.call("tasks_reclaim")).value).toEqual({ items: [] });
    expect((await tab.call("tasks_get", { id: "00000000" })).value).toEqual({ value: null });
  });

  test("can call those for messages, watches and files without saying who it is", async () => {
    const peer = `peer over ${transport}`;
    const me = `me over ${transport}`;
    await using own = await open();
    await own.call("agents_heartbeat", { id: me, name: me });
    const sent = await own.call("messages_send", { to: peer, text: "Which port?", urgent: true });
    const { id } = sent.value;
    expect(sent.value).toMatchObject({ kind: "message", to: peer, priority: "urgent" });
    await board.client.call("messages/send", { reply_to: String(id), text: "8080", agentId: peer });
    await until("the answer", async () => {
      const { items } = await board.client.call("messages/list", { agentId: me, peek: true });
      return items.some(({ text }) => text === "8080");
    });
    expect((await own.call("messages_list", { ack: true })).value["items"]).toMatchObject([
      { text: "8080", from: peer, reply_to: id },
    ]);
    const watched = await own.call("tasks_watch", { kind: `watched over ${transport}`, note: "go on" });
    expect(watched.value).toMatchObject({ watch: { note: "go on" }, watches: [{ once: true }] });
    await send({ kind: `watched over ${transport}` });
    await until("the match", async () => {
      const { notices } = await board.client.call("messages/list", { agentId: me, peek: true });
      return notices.some(({ reason, line }) => reason === "watch" && line.includes("go on"));
    });
    const path = `${board.cwd}/${transport}/**`;
    expect((await own.call("files_reserve", { paths: [path], reason: "mine" })).value).toMatchObject({
      agent: me,
      reason: "mine",
    });
    expect((await own.call("files_list")).value["items"]).toMatchObject([{ agent: me }]);
    expect((await own.call("files_release", { paths: [path] })).value["items"]).toHaveLength(1);
    expect((await own.call("files_list")).value["items"]).toEqual([]);
  });

  test("is refused in one plain sentence", async () => {
    const id = await send();
    await board.client.call("tasks/claim", { id, agentId: "somebody" });
    expect((await tab.call("tasks_claim", { id, agent_id: "tab" })).error).toMatch(
      /^task is not claimable: it is claimed by somebody until \d{4}-.*Z \(in 5 min\)$/,
    );
    await expect(tab.call("no_such_tool")).rejects.toThrow(
      "-32602: There is no tool no_such_tool. There are: tasks_send, ",
    );
    expect((await tab.call("tasks_send", { name: "x".repeat(300) })).error).toStartWith("name must be");
  });

  test("waits for a task, is woken by it, and can take its wait back", async () => {
    const waiting = tab.call("tasks_list", { kind: `awaited over ${transport}`, wait_ms: 30_000 });
    const abort = new AbortController();
    const cancelled = tab.client.callTool(
      { name: "tasks_list", arguments: { kind: "never", wait_ms: 60_000 } },
      undefined,
      { signal: abort.signal },
    );
    await until("two waiters", async () => (await watchers()) === 2);
    abort.abort();
    expect(await cancelled.catch(() => "taken back")).toBe("taken back");
    await until("one waiter", async () => (await watchers()) === 1);
    const id = await send({ kind: `awaited over ${transport}` });
    expect((await waiting).value["items"]).toMatchObject([{ id }]);
  });

  test("gets hostile text as it is, in JSON that holds no control character", async () => {
    const id = await send({ name: hostile, payload: hostile });
    const { content } = z
      .object({ content: z.array(z.object({ text: z.string() })) })
      .parse(await tab.client.callTool({ name: "tasks_get", arguments: { id } }));
    expect(JSON.parse(content[0]?.text ?? "")).toMatchObject({ name: hostile, payload: hostile });
  });

  test("keeps what it claimed through a daemon that is killed", async () => {
    const [id, other] = [await send(), await send()];
    await tab.call("tasks_claim", { id, agent_id: "tab" });
    await tab.call("tasks_claim", { id: other, agent_id: "tab" });
    await board.killDaemon();
    await board.serve();
    // a connection that was kept open is dead now: a client of its own has to notice, the bridge does by itself
    await tab.client.ping().catch(() => {});
    await board.client.call("tasks/release", { id: other, agentId: "tab" });
    await board.client.call("tasks/claim", { id: other, agentId: "tab" });
    expect((await tab.call("tasks_complete", { id, agent_id: "tab", result: "done" })).value).toMatchObject({
      ok: true,
    });
    expect((await tab.call("tasks_get", { id })).value).toMatchObject({ result: "done", claimed_by: "tab" });
  });
});

describe("the bridge", () => {
  test("starts the daemon when there is none, and again when it was killed", async () => {
    await using own = await startBoard();
    await using tab = await stdioTab(own);
    const { id } = (await tab.call("tasks_send", { name: "work" })).value;
    await tab.call("tasks_claim", { id, agent_id: "alice" });
    await own.killDaemon();
    // it holds a task, so it does not wait for a call
    await until("a daemon", () =>
      own.client.call("daemon/status", {}).then(
        () => true,
        () => false,
      ),
    );
    await own.client.call("tasks/release", { id: String(id) });
    await own.client.call("tasks/claim", { id: String(id), agentId: "alice" });
    const late = await tab.call("tasks_complete", { id, agent_id: "alice" });
    expect(late.error).toContain("stale lease");
  });

  test("repeats a call whose answer was lost without doing it twice", async () => {
    await using own = await startBoard();
    await using tab = await stdioTab(own);
    for (let count = 0; count < 3; count += 1) {
      const sent = Array.from({ length: 20 }, (_, at) =>
        tab.call("tasks_send", { name: `sent ${count}.${at}` }),
      );
      await own.killDaemon();
      for (const answer of await Promise.all(sent)) expect(answer.error).toBeUndefined();
    }
    const tasks = await own.client.call("tasks/list", { limit: 1000 });
    expect(tasks.map(({ name }) => name).toSorted()).toEqual(
      [0, 1, 2].flatMap((count) => Array.from({ length: 20 }, (_, at) => `sent ${count}.${at}`)).toSorted(),
    );
  });

  test("answers each line that is a call, whatever it is, and ends with its input", async () => {
    await board.serve();
    const bridge = Bun.spawn(board.argv("mcp"), {
      cwd: board.cwd,
      env: board.env,
      stdin: "pipe",
      stdout: "pipe",
    });
    const init = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "raw", version: "1" },
    };
    const lines = ["this is no JSON", "", JSON.stringify(rpcCall("initialize", init, "a"))];
    bridge.stdin.write(`${lines.join("\r\n")}\n`);
    const reader = linesIn(bridge.stdout);
    expect(await reader.next()).toMatchObject({ value: { id: null, error: { code: -32700 } } });
    expect(await reader.next()).toMatchObject({
      value: { id: "a", result: { protocolVersion: "2025-06-18", serverInfo: { name: "cord" } } },
    });
    const ask = (message: object) => {
      bridge.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
      return reader.next();
    };
    bridge.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
    expect(await ask({ id: 1, method: "no/such" })).toMatchObject({
      value: { id: 1, error: { code: -32601 } },
    });
    expect(await ask({ id: 2, method: "ping" })).toMatchObject({ value: { id: 2, result: {} } });
    const big = { name: "tasks_send", arguments: { name: "big", payload: "x".repeat(1_100_000) } };
    expect(await ask({ id: 3, method: "tools/call", params: big })).toMatchObject({
      value: { id: 3, result: { isError: true } },
    });
    bridge.stdin.end();
    expect(await bridge.exited).toBe(0);
  });

  test("may write all its lines at once, as a script does, and is told what comes first", async () => {
    await board.serve();
    const begin = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "sh", version: "1" },
    };
    const said = async (...lines: string[]) => {
      const stdin = new Blob([`${lines.join("\n")}\n`]);
      const child = Bun.spawn(board.argv("mcp"), { cwd: board.cwd, env: board.env, stdin, stderr: "ignore" });
      const out = await new Response(child.stdout).text();
      return new Map(
        out
          .trimEnd()
          .split("\n")
          .map((line) => Answered.parse(JSON.parse(line)))
          .map(({ id, result }) => [id, result]),
      );
    };
    const answers = await said(
      JSON.stringify(rpcCall("initialize", begin)),
      JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }),
      lineOf(2, "tasks_send", { name: "from a pipe", kind: "piped" }),
      lineOf(3, "agents_list", {}),
    );
    expect([...answers.keys()].toSorted()).toEqual([1, 2, 3]);
    expect(answers.get(2)).toMatchObject({ structuredContent: { name: "from a pipe" } });
    expect(answers.get(3)?.["isError"]).toBeUndefined();
    const early = await said(lineOf(1, "agents_list", {}));
    expect(early.get(1)).toMatchObject({
      isError: true,
      content: [{ text: "Call initialize first: it begins the session." }],
    });
  });

  test("renews a lease no more once its client has closed it", async () => {
    await board.serve();
    const tab = await stdioTab(board);
    const { id } = (await tab.call("tasks_send", { name: "short" })).value;
    await tab.call("tasks_claim", { id, agent_id: "short-lived", lease_seconds: 1 });
    const kept = await board.client.call("tasks/send", { name: "measure" });
    await board.client.call("tasks/claim", { id: kept.id, agentId: "nobody", leaseSeconds: 2 });
    const stateOf = async (task: unknown) =>
      (await board.client.call("tasks/get", { id: String(task) }))?.state;
    await until("the end of a lease that nobody renews", async () => (await stateOf(kept.id)) === "pending");
    expect(await stateOf(id)).toBe("claimed");
    await tab.client.close();
    await until("the end of the tab's lease", async () => (await stateOf(id)) === "pending");
  });

  test("says what is wrong when there can be no daemon", async () => {
    await using tab = await stdioTab(board);
    await expect(stdioTab(board, { CORD_URL: "http://cord.invalid:1/" })).rejects.toThrow(
      "No cord daemon answers",
    );
    expect((await tab.call("tasks_list", { limit: 1 })).error).toBeUndefined();
  });
});

test("neither tool list costs an agent more than its budget", () => {
  for (const profile of ["board", "tree"] as const) expect(costOf(profile).tokens).toBeLessThan(tokenBudget);
});

async function* linesIn(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      expect(line).not.toMatch(unsafe);
      yield JSON.parse(line);
    }
  }
}
