import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { progressTokenIn } from "../../src/core/progress.ts";
import { instructions } from "../../src/server/mcp/instructions.ts";
import { startClaude } from "../support/claude/claude-process.ts";
import { claudePath, type ClaudeVersion } from "../support/claude/claude.ts";
import { call, say, startModel, type Model, type Script } from "../support/claude/model.ts";
import { rootCaller } from "../support/clients/tool-caller.ts";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { startRecorder, type Exchange, type Recorder } from "../support/network/recorder.ts";
import { until } from "../support/until.ts";

/** What the real Claude Code does with what cord tells it beside results: instructions, progress, lists that are long. */

let daemon: DaemonHere;
let recorder: Recorder;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  daemon = daemonHere();
  recorder = startRecorder(daemon.url);
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  recorder[Symbol.dispose]();
  await daemon.stop();
});

/** An agent with cord's tools, and what its model is asked. */
async function start(version: ClaudeVersion, token: string, script: Script) {
  const model = await startModel(script);
  const claude = startClaude({
    model,
    dir: temporaryDirectory("claude"),
    mcpUrl: `${recorder.url}mcp`,
    env: { CORD_TOKEN: token, MCP_CONNECT_TIMEOUT_MS: "30000" },
    args: ["--allowedTools", "mcp__cord"],
    path: claudePath(version),
  });
  ends.push(
    () => model.stop(),
    () => {
      claude.kill("SIGKILL");
      return claude.ended;
    },
  );
  claude.send("Do what there is to do.");
  return { model, claude };
}

/** All that a model is told before it does anything. */
function toldFirst({ requests: [first] }: Model): string {
  return `${first?.system}\n${JSON.stringify(first?.messages)}`;
}

const calls = (tool: string) => (exchange: Exchange) =>
  exchange.body.includes('"tools/call"') && exchange.body.includes(`"${tool}"`);
const Status = z.object({ result: z.object({ watchers: z.number() }) });

describe.each<ClaudeVersion>(["pinned", "newest"])("the %s Claude Code", (version) => {
  test("hears at once that an ask waits, and for what; it has the answer when that comes", async () => {
    const root = await rootCaller(daemon);
    const { model, claude } = await start(version, root.token, ({ step, lastResults }) =>
      step === 0
        ? call("ask", { question: "Which?", wait_seconds: 100 })
        : say(`It said ${lastResults[0]?.text}`),
    );
    // before anybody has answered
    const asked = await recorder.waitFor(
      (exchange) => calls("ask")(exchange) && exchange.heard.includes("notifications/progress"),
    );
    expect(asked.contentType).toStartWith("text/event-stream");
    const token = progressTokenIn(JSON.parse(asked.body));
    expect(asked.heard).toContain(`"progressToken":${JSON.stringify(token)},"progress":`);
    expect(asked.heard).toContain(
      String.raw`Waiting for a person's answer to \"Which?\": 0 of at most 100 s.`,
    );
    await daemon.rpc("nodes/answer", { run_id: root.run, node_id: "#2", answer: "red" });
    const result = await claude.waitForLine(({ type }) => type === "result");
    expect(result.result).toContain('"answer":"red"');
    expect(model.scriptErrors).toEqual([]);
    expect(toldFirst(model)).toContain(firstSentence("tree"));
  });

  test("tells its model in a tab's words what cord is for, and reads a full page of long tasks", async () => {
    const payload = "the quick brown fox jumps over the lazy dog. ".repeat(45);
    for (let at = 0; at < 60; at += 1)
      await daemon.rpc("tasks/send", { name: `task ${at}`, kind: "bug", payload, project: "" });
    const { model, claude } = await start(version, daemon.token, ({ step }) =>
      step === 0 ? call("tasks_list", { kind: "bug", full: true, limit: 1000 }) : say("Read."),
    );
    await claude.waitForLine(({ type }) => type === "result");
    expect(toldFirst(model)).toContain(firstSentence("board"));
    const [list] = model.requests[1]?.lastResults ?? [];
    expect(list?.isError).toBe(false);
    expect(list?.text).toContain("There is more: call again with cursor");
    expect(list?.text).toContain('"task 59"');
  });

  test("ends its wait with itself", async () => {
    const { claude } = await start(version, daemon.token, () =>
      call("tasks_list", { kind: "never", wait_ms: 50_000 }),
    );
    const watchers = async () => Status.parse(await daemon.rpc("daemon/status")).result.watchers;
    await until("a waiter", async () => (await watchers()) === 1);
    claude.kill("SIGTERM");
    await until("no waiter", async () => (await watchers()) === 0);
  });
});

function firstSentence(profile: "board" | "tree"): string {
  return instructions[profile].split("\n")[0] ?? "";
}
