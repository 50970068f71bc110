import { expect, test } from "bun:test";
import { a2aClient, allOf, next, shown } from "../support/a2a/asking.ts";
import { daemonProcess } from "../support/machine/daemon.ts";

/** Clients of A2A, and a daemon that is killed. */

test("a client that subscribes again after kill -9 of the daemon misses no state, and a message sent again is the same task", async () => {
  await using first = await daemonProcess();
  const client = a2aClient(first);
  const stream = client.stream({ messageId: "m" });
  const [task] = await next(stream, 1);
  const id = task?.task?.id ?? "";
  await first.rpc("tasks/claim", { id, agentId: "ann" });
  await first.rpc("tasks/say", { id, agentId: "ann", text: "one" });
  expect((await next(stream, 2)).map(shown)).toEqual(["status WORKING", "status WORKING one"]);
  const waiting = client.send({ messageId: "w" }, {}).catch(() => "broken");
  await client.send({ messageId: "w" });
  await first.end("SIGKILL");
  await expect(next(stream, 1)).rejects.toThrow();
  expect(await waiting).toBe("broken");

  const { dataHome, database, port } = first;
  await using second = await daemonProcess({ dataHome, database, address: `127.0.0.1:${port}` });
  const again = a2aClient(second);
  await second.rpc("tasks/say", { id, agentId: "ann", text: "two" });
  const followed = again.subscribe(id);
  const [now] = await next(followed, 1);
  expect(now && shown(now)).toBe("task WORKING two");
  expect(now?.task?.history?.map(({ parts }) => parts[0]?.text)).toEqual(["Do it", "one", "two"]);
  const resent = again.stream({ messageId: "m" });
  expect((await next(resent, 4)).map(shown)).toEqual([
    "task SUBMITTED",
    "status WORKING",
    "status WORKING one",
    "status WORKING two",
  ]);
  await second.rpc("tasks/complete", { id, agentId: "ann", result: "r" });
  const end = ["artifact result r last", "status COMPLETED"];
  expect(await allOf(followed)).toEqual(end);
  expect(await allOf(resent)).toEqual(end);
  expect((await again.list({})).totalSize).toBe(2);
});
