import { afterAll, describe, expect, test } from "bun:test";
import { GetTaskRequest, ListTasksRequest, type StreamResponse, type Task } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import { holderOf } from "../support/a2a/holder.ts";
import { messageOf, sdkClient, wires } from "../support/a2a/sdk-client.ts";
import { shownHistory, shownTask } from "../support/a2a/shown.ts";
import { follow } from "../support/a2a/stream.ts";
import { daemonProcess } from "../support/machine/daemon.ts";

/** The official client against the compiled binary; in between an agent that claims from the real board. */

const daemon = await daemonProcess();
afterAll(() => daemon[Symbol.asyncDispose]());
const holder = holderOf(daemon);

describe.each(wires)("a client of %s", async (wire) => {
  const client = await sdkClient(daemon, wire);

  test("sends a message, and is answered when its task has ended, with the result as an artifact", async () => {
    const answer = client.sendMessage(messageOf("Add 40 and 2"));
    const held = await holder.next("Add 40 and 2");
    expect(held.task).toMatchObject({
      name: "Add 40 and 2",
      messages: [{ parts: [{ text: "Add 40 and 2" }] }],
    });
    await held.complete({ result: "42" });
    const task = taskIn(await answer);
    expect({ id: task.id, shown: shownTask(task) }).toEqual({
      id: held.id,
      shown: 'completed; artifact result: "42"',
    });
  });

  test("gets files, links and data that its holder hands in, and results that are JSON", async () => {
    const answer = client.sendMessage(messageOf("Write it down"));
    const held = await holder.next("Write it down");
    const file = { filename: "a.txt", mediaType: "text/plain" };
    const log = { artifactId: "log", name: "The log", parts: [{ raw: btoa("hello"), ...file }] };
    const link = { artifactId: "link", parts: [{ url: "https://example.com/a.txt", ...file }] };
    await held.complete({ result: { rows: 3 }, artifacts: [log, link] });
    expect(
      shownTask(taskIn(await answer))
        .split("; ")
        .toSorted(),
    ).toEqual([
      "artifact link: https://example.com/a.txt a.txt text/plain",
      "artifact log: bytes hello a.txt text/plain",
      'artifact result: {"rows":3}',
      "completed",
    ]);
  });

  test("follows a task as it goes, answers what it is asked, and sees its end", async () => {
    const stream = follow(client.sendMessageStream(messageOf("Ship the release")));
    await stream.tells("task submitted");
    const held = await holder.next("Ship the release");
    await held.say("I run the tests");
    await stream.tells("working: I run the tests");
    const answer = held.ask("Which branch?", ["main", "next"]);
    const before = await stream.ended;
    expect(before).toEqual([
      "task submitted",
      "working",
      "working: I run the tests",
      "input required: Which branch? + One of: main, next",
    ]);

    const onwards = follow(client.sendMessageStream(messageOf("main", { taskId: held.id })));
    expect(await answer).toBe("main");
    await onwards.tells("task working");
    await held.complete({ artifacts: [{ artifactId: "notes", parts: [{ text: "one" }, { text: "two" }] }] });
    expect(await onwards.ended).toEqual([
      "task working",
      'artifact notes: "one"',
      'artifact notes: "two", more, the last',
      "completed",
    ]);
    const whole = await get(client, held.id);
    expect(shownHistory(whole)).toEqual([
      "user: Ship the release",
      "agent: I run the tests",
      "agent: Which branch?",
      "user: main",
    ]);
    expect(shownHistory(await get(client, held.id, 1))).toEqual(["user: main"]);
  });

  test("is answered at once where it asks for that, and follows the task later, to its end and past questions", async () => {
    const sent = taskIn(await client.sendMessage(messageOf("Later", {}, { returnImmediately: true })));
    expect(shownTask(sent)).toBe("submitted");
    const stream = follow(client.resubscribeTask({ tenant: "", id: sent.id }));
    await stream.tells("task submitted");
    const held = await holder.next("Later");
    const answer = held.ask("Go on?");
    await stream.tells("input required: Go on?");
    const going = client.sendMessage(messageOf("yes", { taskId: sent.id }));
    expect(await answer).toBe("yes");
    await held.fail("The disk is full.");
    expect(shownTask(taskIn(await going))).toBe("failed: The disk is full.");
    expect(await stream.ended).toEqual([
      "task submitted",
      "working",
      "input required: Go on?",
      "working",
      "failed: The disk is full.",
    ]);
  });

  test("cancels a task, and is told so when it cancels what has ended", async () => {
    const stream = follow(client.sendMessageStream(messageOf("In vain")));
    const id = await stream.taskId();
    expect(shownTask(await client.cancelTask({ tenant: "", id, metadata: {} }))).toStartWith("canceled");
    expect((await stream.ended).at(-1)).toStartWith("canceled");

    const answer = client.sendMessage(messageOf("Quickly"));
    const held = await holder.next("Quickly");
    await held.complete();
    await answer;
    expect(client.cancelTask({ tenant: "", id: held.id, metadata: {} })).rejects.toMatchObject({
      name: "TaskNotCancelableError",
    });
  });

  test("is refused what cannot be, by the protocol's own errors", async () => {
    const sent = taskIn(await client.sendMessage(messageOf("Short", {}, { returnImmediately: true })));
    await (await holder.next("Short")).complete();
    const refusals = {
      unknown: () => get(client, crypto.randomUUID()),
      ended: () => client.sendMessage(messageOf("More", { taskId: sent.id })),
      "another context": () =>
        client.sendMessage(messageOf("More", { taskId: sent.id, contextId: "another" })),
      "a stream of what has ended": () => first(client.resubscribeTask({ tenant: "", id: sent.id })),
    };
    const names: Record<string, string> = {};
    for (const [what, ask] of Object.entries(refusals)) names[what] = await nameOf(ask());
    expect(names).toEqual({
      unknown: "TaskNotFoundError",
      ended: "UnsupportedOperationError",
      "another context": "RequestMalformedError",
      "a stream of what has ended": "UnsupportedOperationError",
    });
  });

  if (wire !== "0.3 over JSON-RPC")
    test("lists the tasks of its context, those of the newest status first", async () => {
      const contextId = crypto.randomUUID();
      for (const text of ["one", "two", "three"])
        await client.sendMessage(messageOf(text, { contextId }, { returnImmediately: true }));
      await (await holder.next("one")).complete({ result: "1" });
      const list = (asked: object) => client.listTasks(ListTasksRequest.fromJSON({ contextId, ...asked }));
      const firstPage = await list({ pageSize: 2 });
      const secondPage = await list({ pageSize: 2, pageToken: firstPage.nextPageToken });
      expect(firstPage.tasks.map(shownTask)).toEqual(["completed", "submitted"]);
      expect(secondPage.tasks.map(shownTask)).toEqual(["submitted"]);
      expect([firstPage.totalSize, secondPage.totalSize, secondPage.nextPageToken]).toEqual([3, 3, ""]);
      const withArtifacts = await list({ status: "TASK_STATE_COMPLETED", includeArtifacts: true });
      expect(withArtifacts.tasks.map(shownTask)).toEqual(['completed; artifact result: "1"']);
    });
});

function taskIn(answer: Awaited<ReturnType<Client["sendMessage"]>>): Task {
  if ("status" in answer) return answer;
  throw new Error("It was answered with a message, not with a task.");
}

function get(client: Client, id: string, historyLength?: number): Promise<Task> {
  return client.getTask(GetTaskRequest.fromJSON({ id, historyLength }));
}

async function first(stream: AsyncGenerator<StreamResponse, void, undefined>): Promise<unknown> {
  return (await stream.next()).value;
}

async function nameOf(refused: Promise<unknown>): Promise<string> {
  return refused.then(
    () => "nothing",
    (error) => (error instanceof Error ? error.name : String(error)),
  );
}
