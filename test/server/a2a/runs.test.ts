import { afterEach, beforeEach, expect, test } from "bun:test";
import { z } from "zod";
import { a2aClient, allOf, next, refusalCode, shown } from "../../support/a2a/asking.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { rpcClient } from "../../support/rpc.ts";
import { runOptions } from "../../support/run-options.ts";

let daemon: DaemonHere;
let client: ReturnType<typeof a2aClient>;

beforeEach(() => {
  daemon = daemonHere();
  client = a2aClient(daemon);
});
afterEach(() => daemon.stop());

/** A run whose root is at work: the run's id, and the root's token. */
async function atWork(where = daemon) {
  const Created = z.object({ run_id: z.string() });
  const { run_id } = Created.parse(
    (await where.rpc("runs/create", { goal: "Grow", options: runOptions })).result,
  );
  const claimed = await where.rpc("nodes/claim", { run_id, engine: "engine:1", limit: 1 });
  const Claimed = z.object({ nodes: z.array(z.object({ token: z.string() })) });
  const token = Claimed.parse(claimed.result).nodes[0]?.token ?? "";
  return { runId: run_id, token, node: rpcClient(where.url, token) };
}

test("a client follows a run by its context, and answers its question", async () => {
  const { runId, node } = await atWork();
  await client.send({});
  await node.rpc("nodes/ask", { question: "How?", options: ["so", "not"] });
  const { tasks, totalSize } = await client.list({ contextId: runId });
  expect(totalSize).toBe(2);
  expect(tasks.map(({ status, contextId }) => [status.state, contextId])).toEqual([
    ["TASK_STATE_INPUT_REQUIRED", runId],
    ["TASK_STATE_WORKING", runId],
  ]);
  const [asked, root] = tasks;
  const [ofRoot, ofAsk] = [client.subscribe(root?.id ?? ""), client.subscribe(asked?.id ?? "")];
  await next(ofRoot, 1);
  expect((await next(ofAsk, 1)).map(shown)).toEqual(["task INPUT_REQUIRED How? One of: so, not"]);
  await client.send({ taskId: asked?.id, parts: [{ text: "so" }] });
  expect(await allOf(ofAsk)).toEqual(["artifact result so last", "status COMPLETED"]);
  await node.rpc("nodes/complete", { result: "grown" });
  // it is to be claimed again, for its synthesis
  expect((await next(ofRoot, 1)).map(shown)).toEqual(["status SUBMITTED"]);
  await client.cancel(root?.id ?? "");
  expect(await allOf(ofRoot)).toEqual(["status CANCELED cancelled by its A2A client"]);
});

test("a node sees its own run, and nothing else is there for it", async () => {
  const { id } = await client.send({});
  const other = await atWork();
  const { runId, token } = await atWork();
  const own = a2aClient(daemon, token);
  const { tasks, totalSize } = await own.list({});
  expect([tasks.map(({ contextId }) => contextId), totalSize]).toEqual([[runId], 1]);
  expect((await own.get(tasks[0]?.id ?? "")).status.state).toBe("TASK_STATE_WORKING");
  const [foreign] = (await client.list({ contextId: other.runId })).tasks;
  for (const hidden of [id, foreign?.id ?? ""]) {
    expect(await refusalCode(own.get(hidden))).toBe(-32001);
    expect(await refusalCode(own.cancel(hidden))).toBe(-32001);
    expect(await refusalCode(own.send({ taskId: hidden }))).toBe(-32001);
    expect(await refusalCode(allOf(own.subscribe(hidden)))).toBe(-32001);
  }
  expect((await own.list({ contextId: other.runId })).totalSize).toBe(0);
  expect(await refusalCode(own.send({}))).toBe(-32004);
});

test("a node may not have pushed what happens to its run, and is told that it is for its token", async () => {
  await using pushing = daemonHere({ pushTo: ["https://example.com/"] });
  const own = a2aClient(pushing, (await atWork(pushing)).token);
  const [task] = (await own.list({})).tasks;
  const config = { taskId: task?.id, id: "c", url: "https://example.com/" };
  const refused = own.call("CreateTaskPushNotificationConfig", config);
  expect(await refusalCode(refused)).toBe(-32003);
  await expect(refused).rejects.toThrow("only the daemon's own token");
});
