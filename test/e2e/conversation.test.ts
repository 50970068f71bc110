import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { startBoard, type Board } from "../support/machine/board.ts";
import { openPane } from "../support/terminal/pane.ts";
import { stdioTab } from "../support/clients/mcp-client.ts";
import { runOptions } from "../support/run-options.ts";
import { until } from "../support/until.ts";

/** What people and agents say to each other about a task of the board, by the commands and across a daemon that is killed. */

let board: Board;
beforeAll(async () => {
  board = await startBoard();
  await board.serve();
});
afterAll(() => board[Symbol.asyncDispose]());

/** A command that has to succeed, and what it printed. */
async function cord(...args: string[]): Promise<string> {
  const { code, out, err } = await board.cord(...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: "" });
  return out;
}

const Numbered = z.object({ id: z.string(), number: z.number() });

/** The number of a task that alice holds. */
async function claimed(name: string): Promise<string> {
  const { number } = Numbered.parse(JSON.parse(await cord("send", name)));
  await cord("claim", String(number), "--as", "alice", "--lease", "60");
  return String(number);
}

const stateOf = async (number: string) => {
  const { state, epoch } = JSON.parse(await cord("show", number, "--json"));
  return { state, epoch };
};

describe("by the commands", () => {
  test("a task is spoken of, asked about, answered, and completed with files", async () => {
    const number = await claimed("fix the build");
    expect(await cord("say", number, "the tests", "pass", "--as", "alice")).toBe('{\n  "ok": true\n}\n');
    const asked = board.start(
      "ask",
      number,
      "Which region?",
      "--option",
      "eu",
      "us",
      "--wait",
      "10m",
      "--as",
      "alice",
    );
    await until("the question", async () => (await stateOf(number)).state === "waiting");

    expect((await board.cord("complete", number, "--as", "alice")).err).toContain(
      "it waits for the answer to the question of alice",
    );
    const shown = await cord("show", number);
    for (const line of ["the tests pass", "Which region?", "option", "eu", `cord answer ${number} TEXT`])
      expect(shown).toContain(line);
    await using tasks = await openPane(board.argv("tasks"), board);
    expect((await tasks.ended()).screen).toContain("waiting ?");
    expect(await cord("top", "--once")).toContain("? fix the build");

    const odd = await board.cord("answer", number, "mars");
    expect({ code: odd.code, err: odd.err }).toEqual({
      code: 64,
      err: expect.stringContaining("is none of the options of task"),
    });
    expect(JSON.parse(await cord("answer", number, "2"))).toMatchObject({ state: "claimed", epoch: 2 });
    const answered = await asked.ended;
    expect({ code: answered.code, out: JSON.parse(answered.out) }).toMatchObject({
      code: 0,
      out: { answer: "us", task: { state: "claimed", claimed_by: "alice", epoch: 2 } },
    });
    expect((await board.cord("answer", number, "us")).err).toContain("has no open question: it is claimed");

    await cord("tell", number, "the log is in /tmp");
    const artifacts = JSON.stringify([{ name: "log", parts: [{ url: "file:///tmp/build.log" }] }]);
    await cord("complete", number, "--as", "alice", "--result", "done", "--artifacts", artifacts);
    const ended = await cord("show", number);
    for (const line of ["artifact log:", "file:///tmp/build.log", "the log is in /tmp"])
      expect(ended).toContain(line);
    expect((await board.cord("tell", number, "more")).code).toBe(1);
    expect(await board.cord("complete", number, "--artifacts", '[{"parts":[{"raw":"@@"}]}]')).toMatchObject({
      code: 64,
      err: expect.stringContaining("raw of item 1 of parts of item 1 of --artifacts must be base64"),
    });
  });

  test("a question without an answer in time ends with exit code 2, and stays open", async () => {
    const number = await claimed("wait a little");
    const { code, out } = await board.cord("ask", number, "which?", "--wait", "0.2", "--as", "alice");
    expect({ code, note: JSON.parse(out).note }).toEqual({
      code: 2,
      note: expect.stringContaining("No answer yet"),
    });
    expect(await stateOf(number)).toEqual({ state: "waiting", epoch: 1 });
  });

  test("a number is the node's that can be answered or told something, or the board's task", async () => {
    for (const name of ["answer", "tell"])
      expect((await board.cord(name, "99", "x")).err).toContain("There is no task 99 here, and no run.");
    // whichever test runs first: a run's first node has the number 1
    await claimed("number one, at the least");
    const number = await claimed("number two");
    const run = await board.client.call("runs/create", {
      goal: "grow",
      project: board.cwd,
      options: runOptions,
    });
    expect(JSON.parse(await cord("tell", number, "mind the gap"))).toMatchObject({ name: "number two" });
    expect((await board.cord("tell", "1", "x", "--run", run.run_id.slice(0, 13))).err).toContain("#1 of run");
    expect((await board.cord("answer", "zzzz", "x")).err).toContain("There is no task zzzz");
    expect((await board.cord("answer", "zzzz", "x", "--run", "r")).code).toBe(64);
  });
});

describe("when the daemon is killed", () => {
  test("between any two steps of a question, nothing of it is lost", async () => {
    const number = await claimed("survive");
    await board.killDaemon();
    const asked = board.start("ask", number, "which?", "--wait", "10m", "--as", "alice");
    await until("the question", async () => (await stateOf(number)).state === "waiting");
    await board.killDaemon();
    expect(await stateOf(number)).toEqual({ state: "waiting", epoch: 1 });
    await cord("answer", number, "this one");
    await board.killDaemon();
    expect(JSON.parse((await asked.ended).out)).toMatchObject({ answer: "this one", task: { epoch: 2 } });
    const late = ["complete", number, "--as", "bob"];
    expect((await board.cord(...late)).err).toContain("stale lease");
    await board.killDaemon();
    const { messages } = JSON.parse(await cord("show", number, "--json"));
    expect(messages).toMatchObject([{ parts: [{ text: "which?" }] }, { parts: [{ text: "this one" }] }]);
    await cord("complete", number, "--as", "alice");
  });

  test("a tab that asked holds its task again, and is told of the answer", async () => {
    await using tab = await stdioTab(board);
    const { value: task } = await tab.call("tasks_send", { name: "in a tab" });
    await tab.call("tasks_claim", { id: task["id"], agent_id: "tab-a" });
    await tab.call("tasks_ask", { id: task["id"], question: "which?" });
    await board.killDaemon();
    await cord("answer", String(task["id"]), "this one");
    const { value } = await tab.call("tasks_reclaim");
    expect(value["note"]).toContain("was answered, and you hold it again (epoch 2)");
    expect((await tab.call("tasks_complete", { id: task["id"] })).error).toBeUndefined();
  });
});
