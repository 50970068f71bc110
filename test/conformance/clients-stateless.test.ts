import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { z } from "zod";
import { claudePath } from "../support/claude/claude.ts";
import { startClaude } from "../support/claude/claude-process.ts";
import { call, say, startModel, type Script } from "../support/claude/model.ts";
import { startTokenProxy } from "../support/conformance/token-proxy.ts";
import { daemonHere, daemonProcess } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { until } from "../support/until.ts";

/** The newest Claude Code asks every HTTP server for MCP 2026-07-28 first: it works on the board by that, without a session. */

setDefaultTimeout(240_000);

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of disposables.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

const Done = z.object({ result: z.unknown() });
const Task = z.object({ id: z.string(), epoch: z.number() });

test("Claude Code lists, claims and completes a task over HTTP by MCP 2026-07-28", async () => {
  const daemon = await daemonProcess();
  disposables.push({ [Symbol.asyncDispose]: () => daemon.end() });
  using proxy = await startTokenProxy(daemon.url, daemon.token);
  const dir = temporaryDirectory("claude");
  const model = await startModel(worker);
  disposables.push({ [Symbol.asyncDispose]: () => model.stop() });
  await daemon.rpc("tasks/send", { name: "Login fails", kind: "bug" });
  const claude = startClaude({
    model,
    dir,
    mcpUrl: `${proxy.url}mcp`,
    path: claudePath("newest"),
    env: { CORD_TOKEN: daemon.token },
  });
  claude.send("Look at the board, and do what is open.");
  const result = await claude.waitForLine(({ type }) => type === "result");
  claude.closeStdin();
  await claude.ended;
  expect(model.scriptErrors).toEqual([]);
  expect(result).toMatchObject({ is_error: false, result: "It is done." });
  const methods = proxy.heard.map((heard) => heard.replace("POST 2026-07-28 ", ""));
  expect(methods[0]).toBe("server/discover");
  expect(new Set(methods)).toEqual(
    new Set(["server/discover", "tools/list", "prompts/list", "resources/list", "tools/call"]),
  );
  const { result: task } = Done.parse(await daemon.rpc("tasks/get", { id: "1" }));
  expect(task).toMatchObject({ state: "completed", claimed_by: "hotfix", result: "fixed", epoch: 1 });
});

test("Claude Code learns at once that a call that waits was lost with its connection, and calls again", async () => {
  await using daemon = daemonHere();
  using proxy = await startTokenProxy(daemon.url, daemon.token);
  const wait = { kind: "bug", wait_ms: 50_000 };
  const model = await startModel(({ step }) => (step < 2 ? call("tasks_list", wait) : say("I see.")));
  disposables.push({ [Symbol.asyncDispose]: () => model.stop() });
  const env = { CORD_TOKEN: daemon.token };
  const claude = startClaude({
    model,
    dir: temporaryDirectory("claude"),
    mcpUrl: `${proxy.url}mcp`,
    path: claudePath("newest"),
    env,
  });
  claude.send("Wait for a bug.");
  await proxy.streams("notifications/progress");
  proxy.cut();
  const { lastResults } = await model.waitFor(({ step }) => step === 1);
  expect(lastResults).toMatchObject([{ isError: true, text: expect.stringContaining("Call it again") }]);
  await until("the next", async () => Status.parse(await daemon.rpc("daemon/status")).result.watchers === 1);
  await daemon.rpc("tasks/send", { name: "Login fails", kind: "bug" });
  const result = await claude.waitForLine(({ type }) => type === "result");
  claude.closeStdin();
  await claude.ended;
  expect(result).toMatchObject({ is_error: false, result: "I see." });
  expect(model.requests.at(-1)?.lastResults[0]?.text).toContain("Login fails");
});

const Status = z.object({ result: z.object({ watchers: z.number() }) });

const worker: Script = (turn) => {
  if (turn.step === 0) return call("tasks_list", { state: "pending" });
  if (turn.step === 1) return call("tasks_claim", { id: "1", agent_id: "hotfix" });
  if (turn.step === 2) {
    const { id, epoch } = Task.parse(JSON.parse(turn.lastResults[0]?.text ?? ""));
    return call("tasks_complete", { id, agent_id: "hotfix", epoch, result: "fixed" });
  }
  return say(turn.lastResults.some(({ isError }) => isError) ? "It failed." : "It is done.");
};
