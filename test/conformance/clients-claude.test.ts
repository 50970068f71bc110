import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { claudeEnv, claudePath } from "../support/claude/claude.ts";
import { startClaude } from "../support/claude/claude-process.ts";
import { approveServers, claudeEnvIn, claudeProject } from "../support/clients/claude-project.ts";
import { closedUrl, type ClientWorld } from "../support/clients/clients.ts";
import { openPane, type Pane } from "../support/terminal/pane.ts";
import { call, say, startModel, type Script, type Turn } from "../support/claude/model.ts";

/** The real Claude Code in a project that cord init prepared: it finds cord by .mcp.json, and by nothing else. */

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of disposables.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

const Task = z.object({ id: z.string(), state: z.string() });
/** Claude Code shows its model the structured content, where a list stands under a key. */
const Tasks = z.object({ items: z.array(Task) });

test("claude mcp list shows cord, pending until the person approves the project's servers, then connected", async () => {
  const world = await prepared();
  const env = { ...claudeEnv({ url: closedUrl }, world.home), ...claudeEnvIn(world) };
  const list = async () => (await world.run([claudePath(), "mcp", "list"], env)).out;
  expect(await list()).toMatch(/^cord: cord mcp - .*Pending approval/m);
  approveServers(world);
  expect(await list()).toMatch(/^cord: cord mcp - .*Connected/m);
});

test("it lists, claims and completes a task of the board through .mcp.json", async () => {
  const world = await prepared();
  approveServers(world);
  const bug = await world.run(["cord", "send", "Login fails on v1.1", "--kind", "bug", "--json"]);
  const { id } = Task.parse(JSON.parse(bug.out));
  const model = await startModel(worker);
  disposables.push({ [Symbol.asyncDispose]: () => model.stop() });

  const claude = startClaude({ model, dir: world.project, env: claudeEnvIn(world) });
  claude.send("Look at the board, and do what is open.");
  const result = await claude.waitForLine(({ type }) => type === "result");
  claude.closeStdin();
  await claude.ended;

  expect(model.scriptErrors).toEqual([]);
  expect(result).toMatchObject({ is_error: false, result: "It is done." });
  const init = claude.lines.find(({ subtype }) => subtype === "init");
  expect(init?.mcp_servers).toMatchObject([{ name: "cord", status: "connected" }]);
  const shown = await world.run(["cord", "show", id, "--json"]);
  expect(JSON.parse(shown.out)).toMatchObject({
    state: "completed",
    claimed_by: "hotfix-v1.1",
    result: { fixed: "login.ts" },
    epoch: 1,
  });
  const acks = await world.run(["cord", "tasks", "--kind", "ack", "--json"]);
  expect(JSON.parse(acks.out)).toMatchObject([
    { name: "v1.1 stable", state: "completed", payload: { fixed_bug_id: id } },
  ]);
});

test("begun anew by /clear, its agent is told what it still holds with the first thing that it asks", async () => {
  const world = await prepared();
  approveServers(world);
  const model = await startModel((turn) => {
    if (turn.prompt.includes("after the clear"))
      return turn.step === 0 ? call("tasks_list", { kind: "bug" }) : say("I see.");
    // a tab does not wait for its servers
    if (turn.step === 0) return call("WaitForMcpServers");
    if (turn.step === 1) return call("tasks_send", { name: "half done" });
    if (turn.step === 2) return call("tasks_claim", { id: "1", agent_id: "hotfix" });
    return say("It is claimed.");
  });
  disposables.push({ [Symbol.asyncDispose]: () => model.stop() });
  const env = { ...claudeEnv(model, world.home), ...claudeEnvIn(world) };
  acceptAll(world, env["ANTHROPIC_API_KEY"] ?? "");
  const pane = await openPane([claudePath(), "--permission-mode", "bypassPermissions"], {
    cwd: world.project,
    env,
  });
  disposables.push(pane);
  await pane.shows("bypass permissions on");
  await type(pane, "before the clear");
  await pane.shows("It is claimed.");
  await type(pane, "/clear");
  // the screen is drawn anew: what is typed before is lost
  await pane.shows("~/project\n\n\n❯ /clear");
  await type(pane, "after the clear");
  const told = await model.waitFor(({ prompt, step }) => prompt.includes("after the clear") && step === 1);
  expect(model.scriptErrors).toEqual([]);
  expect(told.lastResults.map(({ text }) => text).join()).toContain("hotfix holds, claimed earlier: task 1 ");
});

/** A line into its prompt. Enter by itself, or it is taken for a part of what was pasted. */
async function type(pane: Pane, text: string): Promise<void> {
  await pane.press(text);
  await pane.shows(text);
  await pane.press("Enter");
}

/** What its dialogues at a first start ask. */
function acceptAll({ home, project }: ClientWorld, key: string): void {
  const projects = { [project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } };
  const customApiKeyResponses = { approved: [key], rejected: [] };
  const all = { hasCompletedOnboarding: true, theme: "dark", bypassPermissionsModeAccepted: true };
  const path = join(home, "claude-config/.claude.json");
  writeFileSync(path, JSON.stringify({ ...all, customApiKeyResponses, projects }));
}

/** What the model does: what it needs to know it reads from the results of the tools, as a real one would. */
const worker: Script = (turn) => {
  if (turn.step === 0) return call("tasks_list", { state: "pending" });
  if (turn.step === 1) return call("tasks_claim", { id: onlyTask(turn).id, agent_id: "hotfix-v1.1" });
  if (turn.step === 2) {
    const ack = { post_ack: true, ack_name: "v1.1 stable" };
    return call("tasks_complete", { id: claimed(turn).id, result: { fixed: "login.ts" }, ...ack });
  }
  return say(turn.lastResults.some(({ isError }) => isError) ? "It failed." : "It is done.");
};

function onlyTask(turn: Turn): z.infer<typeof Task> {
  const [task, ...others] = Tasks.parse(JSON.parse(turn.lastResults[0]?.text ?? "")).items;
  if (task === undefined || others.length > 0) throw new Error("The board does not hold one pending task.");
  return task;
}

function claimed(turn: Turn): z.infer<typeof Task> {
  return Task.parse(JSON.parse(turn.lastResults[0]?.text ?? ""));
}

async function prepared(): Promise<ClientWorld> {
  const world = await claudeProject();
  disposables.push(world);
  return world;
}
