import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readJson, updatesOf } from "../support/clients/mcp-reader.ts";
import { httpTab, stdioTab, type TestTab } from "../support/clients/mcp-client.ts";
import { startBoard, type Board } from "../support/machine/board.ts";

/** What a tab reads and is told of, by the MCP SDK's own client, through `cord mcp` and over HTTP. */

let board: Board;
beforeAll(async () => {
  board = await startBoard();
  await board.serve();
});
afterAll(() => board[Symbol.asyncDispose]());

async function send(tab: TestTab, name: string): Promise<string> {
  return String((await tab.call("tasks_send", { name })).value["id"]);
}

describe.each([
  ["stdio", () => stdioTab(board)],
  ["HTTP", () => httpTab(board, board.cwd)],
])("a tab over %s", (_, open) => {
  let tab: TestTab;
  beforeAll(async () => {
    tab = await open();
  });
  afterAll(() => tab[Symbol.asyncDispose]());

  test("reads its project's tasks before it has called any tool, and each by its number", async () => {
    const elsewhere = { name: "elsewhere", project: "/another" };
    await board.client.call("tasks/send", elsewhere);
    const posted = await board.client.call("tasks/send", { name: "here", project: board.cwd });
    const listed = await readJson(tab.client, "cord://tasks");
    expect(JSON.stringify(listed)).toContain('"name":"here"');
    expect(JSON.stringify(listed)).not.toContain("elsewhere");
    expect(await readJson(tab.client, `cord://tasks/${posted.number}`)).toMatchObject({ id: posted.id });
  });

  test("gets prompts and completions of its project", async () => {
    const id = await send(tab, "to be done");
    const { messages } = await tab.client.getPrompt({ name: "next" });
    expect(JSON.stringify(messages)).toContain("to be done");
    const ref = { type: "ref/resource", uri: "cord://tasks/{id}" } as const;
    const { completion } = await tab.client.complete({ ref, argument: { name: "id", value: "to be" } });
    expect(completion.values).toContain(id);
  });

  test("is told of what it has subscribed to, and of an unknown resource that it is none", async () => {
    const updates = updatesOf(tab.client);
    const uri = `cord://tasks/${await send(tab, "watched")}`;
    await tab.client.subscribeResource({ uri });
    const next = updates.next();
    await tab.call("tasks_claim", { id: uri.slice("cord://tasks/".length), agent_id: "alice" });
    expect(await next).toBe(uri);
    expect(await readJson(tab.client, uri)).toMatchObject({ state: "claimed" });
    await expect(tab.client.readResource({ uri: "cord://x" })).rejects.toMatchObject({
      code: -32002,
      data: { uri: "cord://x" },
    });
  });
});

test("a subscription over stdio outlives the daemon: what changed meanwhile is told, and what comes after", async () => {
  await using tab = await stdioTab(board);
  const updates = updatesOf(tab.client);
  const uri = `cord://tasks/${await send(tab, "outlives")}`;
  await tab.client.subscribeResource({ uri });
  const meanwhile = updates.next();
  await board.killDaemon();
  // the bridge itself has started another, for the subscription alone
  expect(await meanwhile).toBe(uri);
  const after = updates.next();
  await board.client.call("tasks/claim", { id: uri.slice("cord://tasks/".length), agentId: "bob" });
  expect(await after).toBe(uri);
});
