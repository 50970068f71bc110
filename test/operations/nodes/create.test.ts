import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Caller } from "../../../src/core/tree.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";
import { runOptions } from "../../support/run-options.ts";

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun();
});
afterEach(() => rig.close());

/** Claims all that is ready, and gives the caller of one of them. */
async function launch(number: number): Promise<Caller> {
  await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50 });
  return rig.asNode(run, number);
}

async function create(caller: Caller, input: object = {}): Promise<void> {
  await rig.call("nodes/create", { goal: "child", ...input }, caller);
}

describe("what could not be launched is refused", () => {
  test.each(["general-purpose", "Claude", "", "codex", "rehearsal", "a\u001b[2Jb"])(
    "an agent %p in a run that is paid for, with those there are",
    async (agent) => {
      const root = await launch(1);
      await expect(create(root, { agent })).rejects.toThrow(
        `There is no agent "${agent.replace("\u001b[2J", "")}" in this run. Leave agent out, or use claude.`,
      );
      await create(root, { agent: "claude" });
    },
  );

  test("an agent that costs something in a rehearsal", async () => {
    run = await rig.startRun({ agent: "rehearsal" });
    const root = await launch(1);
    await expect(create(root, { agent: "claude" })).rejects.toThrow("use rehearsal");
    await create(root, { agent: "rehearsal" });
  });

  test.each([
    "",
    " ",
    "general-purpose",
    "claude",
    "fast",
    "the best one",
    "sonnet\nhaiku",
    "--help",
    "$(id)",
  ])("a model %p", async (model) => {
    await expect(create(await launch(1), { model })).rejects.toMatchObject({ code: "invalid" });
  });

  test.each([
    ["Sonnet", "sonnet"],
    ["opus[1m]", "opus[1m]"],
    ["claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929"],
    ["us.anthropic.claude-opus-4-1-20250805-v1:0", "us.anthropic.claude-opus-4-1-20250805-v1:0"],
    ["openrouter/qwen3-coder", "openrouter/qwen3-coder"],
    ["deepseek-chat", "deepseek-chat"],
  ])("and a model %p is none of it, where it is the run's or has the form of one", async (model, kept) => {
    run = await rig.startRun({ model: "deepseek-chat" });
    await create(await launch(1), { model });
    expect(await rig.node(run, 2)).toMatchObject({ model: kept });
  });

  test("a run of an agent, of a model or in a folder that cannot be, and a run that is paid for made a rehearsal", async () => {
    await expect(rig.startRun({ agent: "codex" })).rejects.toThrow("Use one of: claude, rehearsal.");
    await expect(rig.startRun({ model: "" })).rejects.toThrow('"" is no name of a model');
    const input = { goal: "g", cwd: "here", options: runOptions };
    await expect(rig.call("runs/create", input)).rejects.toThrow("cwd must be an absolute path");
    const options = { ...runOptions, agent: "rehearsal" };
    await expect(rig.call("runs/modify", { run_id: run, options })).rejects.toThrow("use claude");
  });
});
