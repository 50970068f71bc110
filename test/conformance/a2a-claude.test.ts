import { afterAll, expect, test } from "bun:test";
import { z } from "zod";
import { messageOf, sdkClient } from "../support/a2a/sdk-client.ts";
import { follow } from "../support/a2a/stream.ts";
import { startClaude } from "../support/claude/claude-process.ts";
import { call, say, startModel, type Turn } from "../support/claude/model.ts";
import { approveServers, claudeEnvIn, claudeProject } from "../support/clients/claude-project.ts";
import { until } from "../support/until.ts";

/** The real Claude Code, with a scripted model, and the official A2A client: neither knows of the other, or of cord's insides. */

const world = await claudeProject();
approveServers(world);
await world.run(["cord", "status"]);
const model = await startModel((turn) => {
  if (turn.step === 0) return call("tasks_list", { state: "pending", wait_ms: 50_000 });
  if (turn.step === 1) return call("tasks_claim", { id: taskIn(turn).id, agent_id: "release-tab" });
  if (turn.step === 2) return call("tasks_say", { id: taskIn(turn).id, text: "I run the tests" });
  if (turn.step === 3) {
    const question = { question: "Which branch?", options: ["main", "next"], wait_seconds: 100 };
    return call("tasks_ask", { id: claimed(), ...question });
  }
  if (turn.step === 4) {
    const { answer } = z.object({ answer: z.string() }).parse(JSON.parse(textOf(turn)));
    return call("tasks_complete", { id: claimed(), result: `${answer} is released` });
  }
  return say(turn.lastResults.some(({ isError }) => isError) ? "It failed." : "It is done.");
});
afterAll(async () => {
  await model.stop();
  await world[Symbol.asyncDispose]();
});

test("a message becomes a tab's work, which says how it goes, asks, and hands in: the client sees all of it", async () => {
  const claude = startClaude({ model, dir: world.project, env: claudeEnvIn(world) });
  claude.send("Wait for a task, and do it.");
  await until("the tab waits at the board", waits);

  const client = await sdkClient(world, "1.0 over JSON-RPC");
  const stream = follow(client.sendMessageStream(messageOf("Release it")));
  const id = await stream.taskId();
  expect(await stream.ended).toEqual([
    "task submitted",
    "working",
    "working: I run the tests",
    "input required: Which branch? + One of: main, next",
  ]);
  const onwards = follow(client.sendMessageStream(messageOf("next", { taskId: id })));
  expect(await onwards.ended).toEqual([
    "task working",
    'artifact result: "next is released", the last',
    "completed",
  ]);

  const result = await claude.waitForLine(({ type }) => type === "result");
  claude.closeStdin();
  await claude.ended;
  expect(model.scriptErrors).toEqual([]);
  expect(result).toMatchObject({ is_error: false, result: "It is done." });
});

/** A tab that is connected is one client of the daemon; its wait is another. */
async function waits(): Promise<boolean> {
  const { out } = await world.run(["cord", "daemon", "status", "--json"]);
  return z.object({ clients: z.number() }).parse(JSON.parse(out)).clients > 1;
}

const Task = z.object({ id: z.string() });
/** Claude Code shows its model the structured content, where a list stands under a key. */
const Tasks = z.object({ items: z.array(Task).length(1) });
const seen: string[] = [];

/** The task that the last result is about, or that its list holds. */
function taskIn(turn: Turn): z.infer<typeof Task> {
  const said: unknown = JSON.parse(textOf(turn));
  const task = Tasks.safeParse(said).data?.items[0] ?? Task.parse(said);
  seen.push(task.id);
  return task;
}

function claimed(): string {
  return seen.at(-1) ?? "";
}

function textOf({ lastResults }: Turn): string {
  return lastResults[0]?.text ?? "";
}
