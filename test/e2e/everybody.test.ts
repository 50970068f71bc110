import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startBoard, type Board } from "../support/machine/board.ts";
import { httpTab, stdioTab, type TestTab } from "../support/clients/mcp-client.ts";
import { until } from "../support/until.ts";
import { rpcCall } from "../support/rpc.ts";

/**
 * What is posted without a project is everybody's: by a JSON-RPC client that knows of no projects, and by MCP over HTTP; and
 * these hear what tabs and shells do in theirs.
 */

let board: Board;
let vault: string;
let other: string;
/** In the board's project, over stdio; and in none, over HTTP. */
let tab: TestTab;
let outsider: TestTab;
let count = 0;
/** A name of its own for each test. */
let name: string;
beforeAll(async () => {
  board = await startBoard();
  vault = join(String(board.env["HOME"]), "vault");
  other = join(String(board.env["HOME"]), "other");
  mkdirSync(other);
  board.env["CORD_VAULT"] = vault;
  await board.serve();
  tab = await stdioTab(board);
  outsider = await httpTab(board);
});
beforeEach(() => {
  name = `task number ${(count += 1)}`;
});
afterAll(async () => {
  await tab[Symbol.asyncDispose]();
  await outsider[Symbol.asyncDispose]();
  await board[Symbol.asyncDispose]();
});

/** An old client's call: no project, no identity that it was not given. */
async function old(method: string, params: object = {}): Promise<unknown> {
  const answer = Object(await board.rpc(rpcCall(method, params)));
  if ("error" in answer) throw new Error(JSON.stringify(answer.error));
  return answer.result;
}

const idOf = (task: unknown) => String(Object(task).id);
const namesIn = (tasks: unknown) =>
  Array.isArray(tasks) ? tasks.map((task) => String(Object(task).name)) : [];
const inOther = (...args: string[]) => board.startIn(other, ...args).ended;
const watchers = (n: number) =>
  until(`${n} waiters`, async () => (await board.client.call("daemon/status", {})).watchers === n);

/** Who posts without a project. */
const posters = [
  ["a JSON-RPC client", (params: object) => old("tasks/send", params)],
  ["MCP over HTTP", async (params: object) => (await outsider.call("tasks_send", { ...params })).value],
] as const;

describe.each(posters)("what %s posts without a project", (_, post) => {
  test("is in every project's lists, counts and top, and in the vault", async () => {
    const before = (await old("daemon/status", { project: other })) as { tasks: { pending?: number } };
    await post({ name, payload: { file: "a.ts" } });
    expect((await board.cord("tasks")).out).toContain(name);
    expect((await inOther("tasks")).out).toContain(name);
    expect(namesIn((await tab.call("tasks_list", { name_contains: name })).value["items"])).toEqual([name]);
    expect((await inOther("top", "--once")).out).toContain(name);
    const status: unknown = JSON.parse((await inOther("status", "--json")).out);
    expect(status).toMatchObject({ tasks: { pending: (before.tasks.pending ?? 0) + 1 } });
    await until("a note", () =>
      readdirSync(join(vault, "tasks")).some((file) => file.includes(`task-number-${count}-`)),
    );
  });

  test("wakes waits and streams of every project", async () => {
    const waiting = board.startIn(other, "wait", "--name-contains", name);
    const held = tab.call("tasks_list", { name_contains: name, wait_ms: 30_000 });
    const query = new URLSearchParams({
      project: other,
      since: String((await board.client.call("daemon/status", {})).seq),
    });
    const gone = new AbortController();
    const headers = { authorization: `Bearer ${board.token}` };
    const events = await fetch(`${board.url}events?${query}`, { headers, signal: gone.signal });
    await watchers(2);
    await post({ name });
    expect(JSON.parse((await waiting.ended).out)).toMatchObject({ name });
    expect((await held).value).toMatchObject({ items: [{ name }] });
    expect(await textUntil(events, name)).toContain(name);
    gone.abort();
  });

  test("as a message is in the inbox of whom it is for, wherever that one is", async () => {
    await post({ name, kind: "message", to: "alice" });
    expect((await inOther("tasks", "--to", "alice")).out).toContain(name);
    expect(
      namesIn((await tab.call("tasks_list", { to: "alice", name_contains: name })).value["items"]),
    ).toEqual([name]);
  });

  test("is acknowledged to everybody, whoever completes it", async () => {
    const [first, second] = [idOf(await post({ name })), idOf(await post({ name }))];
    const waiting = board.startIn(other, "wait", "--kind", "ack", "--name-contains", `${name} by a tab`);
    const held = old("tasks/list", { kind: "ack", name_contains: `${name} by a tab`, wait_ms: 30_000 });
    await watchers(2);
    await tab.call("tasks_claim", { id: first, agent_id: "tab" });
    await tab.call("tasks_complete", {
      id: first,
      agent_id: "tab",
      post_ack: true,
      ack_name: `${name} by a tab`,
    });
    expect(JSON.parse((await waiting.ended).out)).toMatchObject({ payload: { fixed_bug_id: first } });
    expect(namesIn(await held)).toEqual([`${name} by a tab`]);
    await old("tasks/claim", { id: second, agentId: "old" });
    await old("tasks/complete", { id: second, postAck: true, ackName: `${name} by an old client` });
    const acks = (await tab.call("tasks_list", { kind: "ack", name_contains: name })).value["items"];
    expect(namesIn(acks).toSorted()).toEqual([`${name} by a tab`, `${name} by an old client`]);
  });
});

describe("what is posted in a project", () => {
  test("is heard by those who name none, and not in another project", async () => {
    const held = old("tasks/list", { name_contains: name, wait_ms: 30_000 });
    const heldToo = outsider.call("tasks_list", { name_contains: name, wait_ms: 30_000 });
    await watchers(2);
    await tab.call("tasks_send", { name });
    expect(namesIn(await held)).toEqual([name]);
    expect(namesIn((await heldToo).value["items"])).toEqual([name]);
    expect((await inOther("tasks")).out).not.toContain(name);
    expect((await inOther("top", "--once")).out).not.toContain(name);
  });

  test("is acknowledged in it, also when somebody completes it who knows of no projects", async () => {
    const { id } = (await tab.call("tasks_send", { name })).value;
    const waiting = board.start("wait", "--kind", "ack", "--name-contains", name);
    await watchers(1);
    await old("tasks/claim", { id, agentId: "old" });
    await old("tasks/complete", { id, postAck: true, ackName: `${name} done` });
    expect(JSON.parse((await waiting.ended).out)).toMatchObject({ name: `${name} done`, project: board.cwd });
    expect((await inOther("tasks", "--kind", "ack", "--state", "any")).out).not.toContain(`${name} done`);
  });
});

test("agents and runs that belong to no project are seen in every one, and those of a project by who names none", async () => {
  await old("agents/heartbeat", { id: "old-agent", name: "Old" });
  await outsider.call("agents_heartbeat", { id: "http-agent", name: "Over HTTP" });
  await tab.call("agents_heartbeat", { id: "tab-agent", name: "Tab" });
  for (const agent of ["old-agent", "http-agent"]) {
    expect((await inOther("agents")).out).toContain(agent);
    expect(JSON.stringify((await tab.call("agents_list")).value)).toContain(agent);
  }
  expect((await inOther("agents")).out).not.toContain("tab-agent");
  for (const agents of [await old("agents/list"), (await outsider.call("agents_list")).value])
    expect(JSON.stringify(agents)).toContain("tab-agent");

  const options = { budget_usd: 1, jobs: 1, max_depth: 1, max_nodes: 2, model: "none", agent: "rehearsal" };
  await board.client.call("runs/create", {
    goal: "a run of nobody's",
    options: {
      ...options,
      total_budget_usd: null,
      timeout_seconds: null,
      permission_mode: "plan",
      isolate: false,
    },
  });
  expect((await inOther("runs")).out).toContain("a run of nobody's");
  expect((await inOther("tree")).out).toContain("a run of nobody's");
});

/** What comes until a text is in it. */
async function textUntil(response: Response, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let said = "";
  if (!response.body) return said;
  for await (const chunk of response.body) {
    said += decoder.decode(chunk, { stream: true });
    if (said.includes(text)) return said;
  }
  return said;
}
