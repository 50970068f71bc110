import { expect, test } from "bun:test";
import { z } from "zod";
import { daemonProcess } from "../support/machine/daemon.ts";
import { until } from "../support/until.ts";

const Asked = z.object({ result: z.object({ id: z.string(), state: z.string() }) });

test("a daemon that ends while an agent waits for an answer has nothing to complain of", async () => {
  await using daemon = await daemonProcess();
  const { id } = Asked.parse(await daemon.rpc("tasks/send", { name: "t" })).result;
  await daemon.rpc("tasks/claim", { id, agentId: "ann" });
  const asked = daemon.rpc("tasks/ask", { id, agentId: "ann", question: "Which?", wait_seconds: 100 });
  const over = asked.catch(() => null);
  await until("the question", async () => {
    return Asked.parse(await daemon.rpc("tasks/get", { id })).result.state === "waiting";
  });
  await daemon.end();
  await over;
  expect(await daemon.says("")).not.toContain("the store is closed");
});
