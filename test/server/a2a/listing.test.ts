import { afterEach, beforeEach, expect, test } from "bun:test";
import { a2aClient, refusalCode } from "../../support/a2a/asking.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";

let daemon: DaemonHere;
let client: ReturnType<typeof a2aClient>;

beforeEach(() => {
  daemon = daemonHere();
  client = a2aClient(daemon);
});
afterEach(() => daemon.stop());

const act = (method: string, id: string, more: object = {}) =>
  daemon.rpc(method, { id, agentId: "ann", ...more });
/** A task in each state that A2A knows of here, by that state. */
async function oneOfEach(): Promise<Record<string, string>> {
  const states = ["SUBMITTED", "WORKING", "INPUT_REQUIRED", "COMPLETED", "FAILED", "CANCELED"];
  const ids: Record<string, string> = {};
  for (const state of states) ids[state] = (await client.send({})).id;
  const idOf = (state: string) => ids[state] ?? "";
  for (const state of states.slice(1, 5)) await act("tasks/claim", idOf(state));
  await act("tasks/ask", idOf("INPUT_REQUIRED"), { question: "?" });
  await act("tasks/complete", idOf("COMPLETED"), { result: "r" });
  await act("tasks/fail", idOf("FAILED"), { reason: "x" });
  await client.cancel(idOf("CANCELED"));
  return ids;
}

test("each state lists its tasks, and those that never are list none", async () => {
  const ids = await oneOfEach();
  for (const [state, id] of Object.entries(ids)) {
    const { tasks, totalSize } = await client.list({ status: `TASK_STATE_${state}` });
    expect([state, tasks.map((task) => task.id), totalSize]).toEqual([state, [id], 1]);
  }
  for (const state of ["REJECTED", "AUTH_REQUIRED"])
    expect(await client.list({ status: `TASK_STATE_${state}` })).toEqual({
      tasks: [],
      nextPageToken: "",
      pageSize: 50,
      totalSize: 0,
    });
  expect((await client.list({})).totalSize).toBe(6);
});

test("pages follow one another, newest status first, and a token is good for its own question", async () => {
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) ids.unshift((await client.send({ contextId: "c" })).id);
  await client.send({ contextId: "d" });
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await client.list({
      contextId: "c",
      pageSize: 2,
      ...(pageToken === "" ? {} : { pageToken }),
    });
    expect([page.totalSize, page.pageSize]).toEqual([5, 2]);
    seen.push(...page.tasks.map(({ id }) => id));
    const other = { contextId: "d", pageToken: page.nextPageToken };
    if (page.nextPageToken !== "") expect(await refusalCode(client.list(other))).toBe(-32602);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  expect(seen).toEqual(ids);
  expect(await refusalCode(client.list({ pageToken: "x" }))).toBe(-32602);
});

test("artifacts come only when they are asked for, and history as much as is wanted", async () => {
  const { COMPLETED: id } = await oneOfEach();
  const listed = async (params: object) =>
    (await client.list({ status: "TASK_STATE_COMPLETED", ...params })).tasks[0];
  expect(await listed({})).not.toHaveProperty("artifacts");
  expect((await listed({ includeArtifacts: true }))?.artifacts?.[0]?.parts[0]?.text).toBe("r");
  expect(
    (await client.list({ status: "TASK_STATE_WORKING", includeArtifacts: true })).tasks[0]?.artifacts,
  ).toEqual([]);
  await client.send({ messageId: "x" });
  expect((await listed({}))?.history).toHaveLength(1);
  expect(await listed({ historyLength: 0 })).not.toHaveProperty("history");
  expect((await listed({}))?.id).toBe(id ?? "");
});

test("only tasks whose status is of a time or newer are listed", async () => {
  const { status } = await client.send({});
  while (new Date().toISOString() <= status.timestamp);
  const newer = await client.send({});
  const since = async (statusTimestampAfter: string) => {
    const { tasks, totalSize } = await client.list({ statusTimestampAfter });
    expect(tasks).toHaveLength(totalSize);
    return tasks.map(({ id }) => id);
  };
  expect(await since(newer.status.timestamp)).toEqual([newer.id]);
  expect(await since(status.timestamp)).toHaveLength(2);
});
