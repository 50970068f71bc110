import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { z } from "zod";
import { mcpClient } from "../../support/clients/mcp-client.ts";
import { readJson, updatesOf } from "../../support/clients/mcp-reader.ts";
import { unsafe } from "../../support/hostile.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { runOptions } from "../../support/run-options.ts";
import { until } from "../../support/until.ts";

/** What a tab reads beside calling tools, by the SDK's own client over HTTP. */

let daemon: DaemonHere;
let client: Client;
beforeAll(async () => {
  daemon = daemonHere();
  client = await mcpClient(daemon, "/here");
});
afterAll(async () => {
  await client.close();
  await daemon.stop();
});

const Sent = z.object({ result: z.object({ id: z.string() }) });
const Created = z.object({ result: z.object({ run_id: z.string() }) });
const Listed = z.object({ items: z.array(z.looseObject({ name: z.string() })), note: z.string().optional() });

async function send(name: string, more: object = {}): Promise<string> {
  return Sent.parse(await daemon.rpc("tasks/send", { name, project: "/here", ...more })).result.id;
}

const refusal = (uri: string) =>
  expect.objectContaining({ code: -32002, data: { uri, code: "no_resource" } });

describe("a tab", () => {
  test("is told of resources that it can subscribe to, and of no list that changes", async () => {
    expect(client.getServerCapabilities()?.resources).toEqual({ subscribe: true });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(["cord://tasks", "cord://agents", "cord://runs"]);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      "cord://tasks/{id}",
      "cord://runs/{id}",
    ]);
  });

  test("reads the tasks of its project and of none, and each of them by its id and its number", async () => {
    await using reader = await closing(mcpClient(daemon, "/own"));
    const { client } = reader;
    const id = await send("ours", { payload: { a: 1 }, project: "/own" });
    await daemon.rpc("tasks/send", { name: "everybody's" });
    await send("theirs", { project: "/there" });
    const { items } = Listed.parse(await readJson(client, "cord://tasks"));
    expect(items.map(({ name }) => name)).toEqual(["everybody's", "ours"]);
    const task = { id, name: "ours", payload: { a: 1 }, state: "pending" };
    expect(await readJson(client, `cord://tasks/${id}`)).toMatchObject(task);
    expect(await readJson(client, `cord://tasks/${items[1]?.["number"]}`)).toMatchObject(task);
  });

  test("reads who works in its project", async () => {
    await using reader = await closing(mcpClient(daemon, "/agents"));
    await daemon.rpc("agents/heartbeat", { id: "ann", name: "Ann", project: "/agents" });
    await daemon.rpc("agents/heartbeat", { id: "bob", name: "Bob", project: "/there" });
    const { items } = Listed.parse(await readJson(reader.client, "cord://agents"));
    expect(items.map(({ name }) => name)).toEqual(["Ann"]);
  });

  test("reads the runs of its project, and each with its nodes", async () => {
    await using reader = await closing(mcpClient(daemon, "/runs"));
    const { client } = reader;
    const input = { goal: "grow", project: "/runs", options: runOptions };
    const { run_id } = Created.parse(await daemon.rpc("runs/create", input)).result;
    expect(await readJson(client, "cord://runs")).toMatchObject({ items: [{ id: run_id, goal: "grow" }] });
    expect(await readJson(client, `cord://runs/${run_id}`)).toMatchObject({
      run: { id: run_id },
      nodes: [{ number: 1, goal: "grow" }],
    });
  });

  test.each([
    "cord://tasks/019aaaaa-0000-7000-8000-000000000000",
    "cord://tasks/4294967",
    "cord://tasks/%",
    "cord://tasks/a/b",
    "cord://runs/019aaaaa",
    "cord://agents/alice",
    "cord://nothing",
    "file:///etc/passwd",
    "cord://tasks?x=1",
  ])("reads no %p, and can subscribe to none", async (uri) => {
    await expect(client.readResource({ uri })).rejects.toThrow(refusal(uri));
    await expect(client.subscribeResource({ uri })).rejects.toThrow(refusal(uri));
  });

  test("is given as much of a list as fits, and told how it gets the rest", async () => {
    for (let count = 0; count < 120; count += 1)
      await send(`task ${count}`, { project: "/long", payload: "x".repeat(900) });
    await using reader = await closing(mcpClient(daemon, "/long"));
    const { contents } = await reader.client.readResource({ uri: "cord://tasks" });
    const [text = ""] = contents.map((one) => ("text" in one ? one.text : ""));
    expect(text.length).toBeLessThan(62_000);
    const { items, note } = Listed.parse(JSON.parse(text));
    expect(items[0]).toMatchObject({ name: "task 119", cut: { payload: 900 } });
    expect(items.length).toBeLessThan(120);
    expect(note).toBe(
      "There are more. tasks_list gives the rest a page at a time, and filters. Of the texts named in cut only the beginning is here; tasks_get has them whole.",
    );
  });

  test("is given the beginnings of a task that is too long, and told how it gets it whole", async () => {
    const id = await send("long", { payload: { text: "y".repeat(100_000) } });
    const task = await readJson(client, `cord://tasks/${id}`);
    expect(JSON.stringify(task).length).toBeLessThan(10_000);
    expect(task).toMatchObject({
      name: "long",
      payload: expect.stringMatching(/^\{"text":"y+…$/),
      cut: { payload: 100_011 },
      note: "tasks_get has whole what is named in cut.",
    });
  });

  test("is given the newest of what was said about a task, and told where the rest is", async () => {
    const id = await send("talked about");
    for (let count = 0; count < 10; count += 1)
      await daemon.rpc("tasks/tell", { id, text: `${count}${"z".repeat(9000)}` });
    const task = await readJson(client, `cord://tasks/${id}`);
    expect(JSON.stringify(task).length).toBeLessThan(62_000);
    expect(task).toMatchObject({
      messages: expect.arrayContaining([
        expect.objectContaining({ parts: [{ text: expect.stringMatching(/^9z/) }] }),
      ]),
      note: expect.stringMatching(/older .*"cord show \S+" in a shell has them all\./),
    });
  });

  test("reads what hides or drives a terminal as escapes", async () => {
    const id = await send("plain", { payload: "\u001b[2J\u202etxt\u200b\u009b31m" });
    const { contents } = await client.readResource({ uri: `cord://tasks/${id}` });
    expect(JSON.stringify(contents)).not.toMatch(unsafe);
    expect(await readJson(client, `cord://tasks/${id}`)).toMatchObject({
      payload: "\u001b[2J\u202etxt\u200b\u009b31m",
    });
  });
});

describe("a subscription", () => {
  test("tells of a change of a task that it is about, and of no other", async () => {
    await using reader = await closing(mcpClient(daemon, "/here"));
    const [watched, other] = [await send("watched"), await send("other")];
    const updates = updatesOf(reader.client);
    await reader.client.subscribeResource({ uri: `cord://tasks/${watched}` });
    await daemon.rpc("tasks/claim", { id: other, agentId: "alice" });
    const next = updates.next();
    await daemon.rpc("tasks/claim", { id: watched, agentId: "alice" });
    expect(await next).toBe(`cord://tasks/${watched}`);
    expect(updates.told).toHaveLength(1);
  });

  test.each([
    ["cord://tasks", () => send("one more")],
    ["cord://agents", () => daemon.rpc("agents/heartbeat", { id: "carol", name: "Carol", project: "/here" })],
    ["cord://runs", () => daemon.rpc("runs/create", { goal: "g", project: "/here", options: runOptions })],
  ])("to %s tells of what comes to the project, or to all", async (uri, change) => {
    await using reader = await closing(mcpClient(daemon, "/here"));
    const updates = updatesOf(reader.client);
    await reader.client.subscribeResource({ uri });
    const next = updates.next();
    await change();
    expect(await next).toBe(uri);
  });

  test("is told of nothing once it is taken back", async () => {
    await using reader = await closing(mcpClient(daemon, "/here"));
    const updates = updatesOf(reader.client);
    await reader.client.subscribeResource({ uri: "cord://tasks" });
    await reader.client.subscribeResource({ uri: "cord://agents" });
    await reader.client.unsubscribeResource({ uri: "cord://tasks" });
    const next = updates.next();
    await daemon.rpc("tasks/claim", { id: await send("work"), agentId: "dora" });
    expect(await next).toBe("cord://agents");
    expect(updates.told.map(({ uri }) => uri)).toEqual(["cord://agents"]);
  });

  test("is one of 64 at most", async () => {
    await using reader = await closing(mcpClient(daemon, "/here"));
    const ids = await Promise.all(Array.from({ length: 65 }, (_, count) => send(`task ${count}`)));
    const last = ids.pop();
    for (const id of ids) await reader.client.subscribeResource({ uri: `cord://tasks/${id}` });
    await expect(reader.client.subscribeResource({ uri: `cord://tasks/${last}` })).rejects.toThrow(
      "A session can be subscribed to 64 resources: unsubscribe from one first.",
    );
  });
});

async function closing(opened: Promise<Client>): Promise<AsyncDisposable & { client: Client }> {
  const client = await opened;
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

test("of a burst of 1,000 changes each client is told once a second at most, and of the last one", async () => {
  await using reader = await closing(mcpClient(daemon, "/burst"));
  const updates = updatesOf(reader.client);
  await reader.client.subscribeResource({ uri: "cord://tasks" });
  const began = performance.now();
  for (let count = 0; count < 10; count += 1)
    await Promise.all(
      Array.from({ length: 100 }, (_, one) => send(`change ${count * 100 + one}`, { project: "/burst" })),
    );
  const lastAt = performance.now();
  await send("the last", { project: "/burst" });
  await until("an update after the last change", () => (updates.told.at(-1)?.at ?? 0) > lastAt);
  const seconds = (performance.now() - began) / 1000;
  expect(updates.told.length).toBeLessThanOrEqual(Math.floor(seconds) + 1);
});

const Claimed = z.object({ result: z.object({ nodes: z.array(z.object({ token: z.string() })) }) });

/** The run, and a client with the token of its root. */
async function rootOf(goal: string): Promise<{ run: string; client: Client }> {
  const input = { goal, project: "/here", options: runOptions };
  const { run_id: run } = Created.parse(await daemon.rpc("runs/create", input)).result;
  const { nodes } = Claimed.parse(
    await daemon.rpc("nodes/claim", { run_id: run, engine: "engine", limit: 1 }),
  ).result;
  return { run, client: await mcpClient({ url: daemon.url, token: nodes[0]?.token ?? "" }) };
}

describe("an agent of a run", () => {
  test("reads its own run and the nodes of that, and nothing else", async () => {
    const [own, other] = [await rootOf("own"), await rootOf("other")];
    await using _ = await closing(Promise.resolve(other.client));
    await using reader = await closing(Promise.resolve(own.client));
    const { client } = reader;
    expect(client.getServerCapabilities()).toMatchObject({ resources: {}, completions: {} });
    expect(client.getServerCapabilities()).not.toHaveProperty("prompts");
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([
      `cord://runs/${own.run}`,
    ]);
    expect(await readJson(client, `cord://runs/${own.run}`)).toMatchObject({ id: "#1", goal: "own" });
    await client.callTool({ name: "create", arguments: { goal: "a part" } });
    expect(await readJson(client, "cord://tasks/2")).toMatchObject({ id: "#2", goal: "a part" });
    expect(await readJson(client, "cord://tasks/%232")).toMatchObject({ id: "#2" });
    const task = await send("of the board");
    const hidden = ["tasks", "agents", "runs", `runs/${other.run}`, `tasks/${task}`, "tasks/9"];
    for (const path of hidden)
      await expect(client.readResource({ uri: `cord://${path}` })).rejects.toThrow(refusal(`cord://${path}`));
    const ref = { type: "ref/resource", uri: "cord://tasks/{id}" } as const;
    const { completion } = await client.complete({ ref, argument: { name: "id", value: "" } });
    expect(completion).toMatchObject({ values: ["1", "2"], hasMore: false });
    await expect(client.getPrompt({ name: "next" })).rejects.toThrow(
      "There is no prompt next. There are: none.",
    );
  });
});
