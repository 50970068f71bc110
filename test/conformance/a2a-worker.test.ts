import { afterAll, describe, expect, test } from "bun:test";
import type { Task } from "@a2a-js/sdk";
import { join } from "node:path";
import { root } from "../../scripts/steps.ts";
import { messageOf, sdkClient } from "../support/a2a/sdk-client.ts";
import { shownTask } from "../support/a2a/shown.ts";
import { follow } from "../support/a2a/stream.ts";
import { start } from "../support/machine/command.ts";
import { daemonProcess } from "../support/machine/daemon.ts";

/** scripts/a2a-worker.ts does what the compatibility kit wants of its agent, on a daemon that needs no token. */

const daemon = await daemonProcess({ args: ["--open"] });
const worker = start([process.execPath, join(root, "scripts/a2a-worker.ts")], {
  cwd: root,
  env: { PATH: process.env["PATH"] ?? "", CORD_URL: daemon.url },
});
afterAll(async () => {
  await worker.kill();
  await daemon[Symbol.asyncDispose]();
});
const client = await sdkClient({ url: daemon.url, token: "" }, "1.0 over JSON-RPC");

describe("by the beginning of the message's id", () => {
  const ends: Readonly<Record<string, string>> = {
    "tck-complete-task": 'completed; artifact result: "Hello from TCK"',
    "tck-message-response": 'completed; artifact result: "Direct message response"',
    "tck-reject-task": "failed: rejected",
    "tck-artifact-text": 'completed; artifact ID: "Generated text content"',
    "tck-artifact-file-url": "completed; artifact ID: https://example.com/output.txt output.txt text/plain",
    "tck-artifact-file": "completed; artifact ID: bytes Generated file content output.txt text/plain",
    "tck-artifact-data": 'completed; artifact ID: {"key":"value","count":42}',
    "tck-stream-artifact-chunked": 'completed; artifact ID: "chunk-1 " + "chunk-2"',
    "tck-whatever-it-is": "completed",
  };
  for (const [prefix, end] of Object.entries(ends))
    test(prefix, async () => {
      expect(withoutIds(await send(prefix))).toBe(end);
    });
});

test("many at once", async () => {
  const sends = Array.from({ length: 30 }, () => send("tck-complete-task"));
  const ends = (await Promise.all(sends)).map(shownTask);
  expect(new Set(ends)).toEqual(new Set(['completed; artifact result: "Hello from TCK"']));
});

test("asks, and goes on by the answer's own id", async () => {
  const asked = await send("tck-input-required");
  const again = await send("tck-input-required", asked.id);
  expect([asked, again].map(shownTask)).toEqual([
    "input required: What else is there to know?",
    "input required: What else is there to know?",
  ]);
  expect(shownTask(await send("tck-complete-task", asked.id))).toStartWith("completed");
});

test("works for a while where a client is to subscribe again", async () => {
  const stream = follow(
    client.sendMessageStream(messageOf("Do it", { messageId: "test-resubscribe-message-id-1" })),
  );
  await stream.tells("working: working");
  const later = follow(client.resubscribeTask({ tenant: "", id: await stream.taskId() }));
  expect((await later.ended).at(-1)).toBe("completed");
  expect((await stream.ended).at(-1)).toBe("completed");
});

test("leaves tasks alone that came without a message", async () => {
  const { result } = await daemon.rpc("tasks/send", { name: "a person's" });
  await send("anything");
  const { result: open } = await daemon.rpc("tasks/list", { state: "pending" });
  expect(open).toMatchObject([{ name: "a person's" }]);
  expect(result).toMatchObject({ state: "pending" });
});

async function send(prefix: string, taskId?: string): Promise<Task> {
  const messageId = `${prefix}-${crypto.randomUUID()}`;
  const message = taskId === undefined ? { messageId } : { messageId, taskId };
  const task = await client.sendMessage(messageOf("Do it", message));
  if (!("status" in task)) throw new Error("This is no task.");
  return task;
}

function withoutIds(task: Task): string {
  const given = task.artifacts.map(({ artifactId }) => artifactId).filter((id) => id !== "result");
  return given.reduce((text, id) => text.replace(id, "ID"), shownTask(task));
}
