import type { Task } from "@a2a-js/sdk";
import { expect, test } from "bun:test";
import { z } from "zod";
import { startReceiver } from "../support/a2a/receiver.ts";
import { messageOf, sdkClient, wires } from "../support/a2a/sdk-client.ts";
import { daemonProcess } from "../support/machine/daemon.ts";

/** Push notifications as the official client asks for them, in each way that cord's card offers: the compiled binary. */

/** A receiver of 1.0 is sent an update, one of 0.3 a task; either has the state, as its version writes it. */
const Status = z.object({ state: z.string() });
const Body = z.union([
  z.object({ statusUpdate: z.object({ taskId: z.string(), status: Status }) }),
  z.object({ artifactUpdate: z.object({ taskId: z.string(), lastChunk: z.boolean() }) }),
  z.object({ kind: z.literal("task"), id: z.string(), status: Status }),
]);

function shown(body: unknown): string {
  const read = Body.parse(body);
  if ("artifactUpdate" in read) return "artifact";
  const { state } = "statusUpdate" in read ? read.statusUpdate.status : read.status;
  return state.replace("TASK_STATE_", "").toLowerCase();
}

test.each(wires)(
  "the official client over %s configures, reads, lists and deletes, and its receiver is told",
  async (wire) => {
    using receiver = startReceiver();
    await using daemon = await daemonProcess({ args: ["--push-to", receiver.url] });
    const client = await sdkClient(daemon, wire);
    const config = {
      url: `${receiver.url}/first`,
      token: "the-token",
      authentication: { scheme: "Bearer", credentials: "the-credentials" },
    };
    const sent = await client.sendMessage(
      messageOf("Do it", {}, { returnImmediately: true, taskPushNotificationConfig: config }),
    );
    const { id: taskId } = taskIn(sent);
    await daemon.rpc("tasks/claim", { id: taskId, agentId: "ann" });
    const key = { tenant: "", taskId, id: "second" };
    const second = { ...key, url: `${receiver.url}/second`, token: "", authentication: undefined };
    expect(await client.createTaskPushNotificationConfig(second)).toMatchObject({ taskId, id: "second" });
    expect(await client.getTaskPushNotificationConfig(key)).toMatchObject({ id: "second", url: second.url });
    const list = async () =>
      (await client.listTaskPushNotificationConfig({ tenant: "", taskId, pageSize: 0, pageToken: "" }))
        .configs;
    expect((await list()).map(({ url }) => url)).toEqual([config.url, second.url]);
    for (const _ of ["once", "twice"]) await client.deleteTaskPushNotificationConfig(key);
    expect(await list()).toHaveLength(1);
    await daemon.rpc("tasks/complete", { id: taskId, agentId: "ann", result: "done" });
    const told = wire.startsWith("0.3")
      ? ["submitted", "working", "completed"]
      : ["submitted", "working", "artifact", "completed"];
    await receiver.has(told.length);
    expect(receiver.got.map(({ path, body }) => `${path} ${shown(body)}`)).toEqual(
      told.map((state) => `/first ${state}`),
    );
    for (const { headers } of receiver.got)
      expect(headers).toMatchObject({
        authorization: "Bearer the-credentials",
        "x-a2a-notification-token": "the-token",
      });
    await expect(
      client.createTaskPushNotificationConfig({ ...second, url: "https://evil.example/" }),
    ).rejects.toThrow("--push-to");
  },
);

function taskIn(sent: unknown): Pick<Task, "id"> {
  return z.object({ id: z.string() }).parse(sent);
}
