import { expect, test } from "bun:test";
import { z } from "zod";
import { a2aClient } from "../support/a2a/asking.ts";
import { startReceiver, type Received } from "../support/a2a/receiver.ts";
import { startBoard } from "../support/machine/board.ts";
import { rpcClient } from "../support/rpc.ts";
import { until } from "../support/until.ts";

/** Push notifications across what may happen to a daemon. The compiled binary, and a receiver. */

const Body = z.object({
  statusUpdate: z.object({ status: z.object({ state: z.string() }) }).optional(),
  artifactUpdate: z.object({}).optional(),
});

const shown = ({ body }: Received): string => {
  const { statusUpdate } = Body.parse(body);
  return statusUpdate?.status.state.replace("TASK_STATE_", "") ?? "artifact";
};

test("a receiver that fails three times gets everything in its order, though the daemon is killed in between", async () => {
  using receiver = startReceiver((nth) => (nth < 3 ? 500 : 204));
  await using board = await startBoard();
  board.env["CORD_PUSH_TO"] = `${receiver.url}/hooks`;
  await board.serve();
  // a daemon that a command starts in the place of a killed one goes on, whoever starts it
  delete board.env["CORD_PUSH_TO"];
  const client = a2aClient(rpcClient(board.url, board.token));
  const { id } = await client.send(
    {},
    {
      returnImmediately: true,
      taskPushNotificationConfig: {
        url: `${receiver.url}/hooks`,
        authentication: { scheme: "Bearer", credentials: "c" },
      },
    },
  );
  const call = board.client.call.bind(board.client);
  await call("tasks/claim", { id, agentId: "ann" });
  for (const failures of [1, 2]) {
    await receiver.has(failures);
    await board.killDaemon();
    await board.serve();
  }
  await call("tasks/complete", { id, agentId: "ann", result: "done" });
  await receiver.has(7);
  const states = receiver.got.map(shown);
  const order = states.filter((state, at) => state !== states[at - 1]);
  expect(order).toEqual(["SUBMITTED", "WORKING", "artifact", "COMPLETED"]);
  expect(states.slice(0, 4)).toEqual(["SUBMITTED", "SUBMITTED", "SUBMITTED", "SUBMITTED"]);
  expect(receiver.got.every(({ headers }) => headers["authorization"] === "Bearer c")).toBe(true);
});

test("a daemon that is restarted keeps its targets, and one without any says that deliveries wait for one", async () => {
  using receiver = startReceiver(() => 500);
  await using board = await startBoard();
  board.env["CORD_PUSH_TO"] = `${receiver.url}/a ${receiver.url}/b`;
  await board.serve();
  delete board.env["CORD_PUSH_TO"];
  const restarted = await board.cord("daemon", "restart");
  expect(restarted).toMatchObject({ code: 0, err: "" });
  const status = async () => (await board.cord("daemon", "status")).out;
  expect(await status()).toContain(`push      to ${receiver.url}/a, ${receiver.url}/b`);
  const { id } = await board.client.call("tasks/send", { name: "t" });
  await board.client.call("push/create", { id, url: `${receiver.url}/b`, since: 0 });
  await receiver.has(1);
  const doctor = async () => (await board.cord("doctor")).out;
  await until("the failure", async () => (await doctor()).includes("it is tried again"));
  expect(await doctor()).toMatch(
    new RegExp(`what happens to task ${id} does not reach ${receiver.url}: HTTP 500, at \\d`),
  );
  await board.cord("daemon", "stop");
  await board.serve();
  expect(await status()).not.toContain("push ");
  expect(await doctor()).toContain("1 configuration of tasks, and no URL is allowed");
  expect((await board.cord("daemon", "logs")).out).toContain(
    "wait for a daemon that is started with --push-to",
  );
  // a variable that came too late is named, and what is said to do helps
  board.env["CORD_PUSH_TO"] = `${receiver.url}/b`;
  expect(await doctor()).toContain(`names ${receiver.url}/b, but the daemon that runs allows none`);
  const before = receiver.got.length;
  expect(await board.cord("daemon", "restart")).toMatchObject({ code: 0 });
  expect(await doctor()).not.toContain("but the daemon that runs allows");
  await receiver.has(before + 1);
});

test("a prefix that allows nothing is wrong usage", async () => {
  await using board = await startBoard();
  const { code, err } = await board.cord("serve", "--push-to", "hooks.example.com");
  expect({ code, err }).toEqual({
    code: 64,
    err: "cord serve: --push-to hooks.example.com is no URL of http or https.\n",
  });
});
