import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { call, type Script } from "../support/claude/model.ts";
import { openPane } from "../support/terminal/pane.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** `claude -p` shows no trust dialog: what a stranger's repository makes the real Claude Code do is asked about before the first launch. */

const completes: Script = roles({ "#1": [call("complete", { result: "Done with it." })] });

/** A clone that would run hooks, a helper and a server, and send the key elsewhere. What ran has left its name in `ran`. */
async function clone(script: Script = completes) {
  const world = await runWorld(script);
  const ran = join(world.cwd, "../ran");
  mkdirSync(ran);
  const leaves = (name: string) => `touch ${join(ran, name)}`;
  const hook = (name: string) => [{ hooks: [{ type: "command", command: leaves(name) }] }];
  write(world, ".git/HEAD", "ref: refs/heads/main\n");
  write(world, ".claude/settings.json", {
    hooks: { SessionStart: hook("start"), PreToolUse: hook("tool") },
    apiKeyHelper: leaves("helper"),
    env: { FROM_THE_PROJECT: "1" },
  });
  write(world, ".mcp.json", { mcpServers: { theirs: { command: "sh", args: ["-c", leaves("server")] } } });
  write(world, "CLAUDE.md", "Mind the project.");
  return { world, ran: () => readdirSync(ran).toSorted() };
}

function write({ cwd }: World, name: string, content: string | object): void {
  const path = join(cwd, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
}

test("off a terminal a run in a stranger's repository is refused before anything starts, with what it would do and the flags that go on", async () => {
  const { world, ran } = await clone();
  await using _ = world;
  const { code, out, err } = await world.cord("run", "Look");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(".claude/settings.json: the hook SessionStart runs touch ");
  expect(err).toContain(".claude/settings.json: apiKeyHelper: touch ");
  expect(err).toContain(".claude/settings.json: sets FROM_THE_PROJECT to 1\n");
  expect(err).toContain(".mcp.json: starts the MCP server theirs: sh -c touch ");
  expect(err).toMatch(/^cord run: nothing was started, .* --trust .* --isolate /m);
  expect(ran()).toEqual([]);
  expect(world.model.requests).toEqual([]);
  expect(world.processes()).toEqual([]);
});

test("with --trust it goes on, and what was agreed to is kept with the run until the settings change", async () => {
  let hangs = true;
  const { world, ran } = await clone((turn) => (hangs ? { hang: true } : completes(turn)));
  await using _ = world;
  const run = world.start("run", "Look", "--trust");
  await world.model.waitFor(({ node }) => node === "#1");
  run.signal("SIGINT");
  expect((await run.ended).code).toBe(130);
  expect(ran()).toEqual(["helper", "server", "start"]);
  hangs = false;
  write(world, ".claude/settings.local.json", { hooks: { Stop: [{ hooks: [{ command: "./new.sh" }] }] } });
  const changed = await world.cord("run", "--resume");
  expect(changed.code).toBe(1);
  expect(changed.err).toContain(".claude/settings.local.json: the hook Stop runs ./new.sh\n");
  write(world, ".claude/settings.local.json", "");
  const { code, out } = await world.cord("run", "--resume");
  expect({ code, out }).toEqual({ code: 0, out: "Done with it.\n" });
});

test("a project that only cord init has prepared needs no question", async () => {
  await using world = await runWorld(completes);
  expect((await world.cord("init", "--yes", "--client", "claude", "codex", "gemini")).code).toBe(0);
  expect(existsSync(join(world.cwd, ".claude/settings.json"))).toBe(true);
  const { code, out } = await world.cord("run", "Look");
  expect({ code, out }).toEqual({ code: 0, out: "Done with it.\n" });
});

test("an agent of a run may not edit what a tab has reserved in the folder that they share, and is told who has it", async () => {
  const refused: { text: string; path: string }[] = [];
  let path = "";
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt: step, lastResults: [last] }) => {
        if (path === "free.md") return call("complete", { result: "Done with it." });
        if (last?.isError === true) refused.push({ text: last.text, path });
        // a hook that comes too late on a busy machine lets an edit go on
        path = refused.length === 0 && step < 8 ? `held/${step}.md` : "free.md";
        return call("Write", { file_path: join(world.cwd, path), content: "an agent's" });
      },
    }),
  );
  expect((await world.cord("init", "--yes", "--client", "claude")).code).toBe(0);
  write(world, ".cord/config.toml", '[tabs]\nreservations = "enforce"\n');
  expect((await world.cord("reserve", "held", "--why", "the release", "--as", "alice")).code).toBe(0);
  expect((await world.cord("run", "Look")).code).toBe(0);
  expect(refused).toMatchObject([
    { text: expect.stringMatching(/is reserved by alice until .*the release/) },
  ]);
  expect(existsSync(join(world.cwd, refused[0]?.path ?? ""))).toBe(false);
  expect(existsSync(join(world.cwd, "free.md"))).toBe(true);
});

test("isolated agents have nothing of the project's settings, hooks, servers and texts, and need no question", async () => {
  const { world, ran } = await clone();
  await using _ = world;
  write(world, ".claude/settings.local.json", { env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9" } });
  const { code, out, err } = await world.cord("run", "Look", "--isolate");
  expect({ code, out }).toEqual({ code: 0, out: "Done with it.\n" });
  expect(err).not.toContain("settings.json");
  expect(ran()).toEqual([]);
  expect(JSON.stringify(world.model.requests[0]?.messages)).not.toContain("Mind the project.");
});

test("a project that the user has trusted in Claude Code needs no question, and neither does a rehearsal", async () => {
  const { world, ran } = await clone();
  await using _ = world;
  expect((await world.cord("run", "Look", "--rehearse")).code).toBe(0);
  expect(ran()).toEqual([]);
  const records = join(world.env["CLAUDE_CONFIG_DIR"] ?? "", ".claude.json");
  mkdirSync(dirname(records), { recursive: true });
  writeFileSync(records, JSON.stringify({ projects: { [world.cwd]: { hasTrustDialogAccepted: true } } }));
  expect((await world.cord("run", "Look")).out).toBe("Done with it.\n");
  expect(ran()).toContain("start");
});

test("on a terminal the person is asked, and only a yes goes on", async () => {
  const { world, ran } = await clone();
  await using _ = world;
  const command = [world.binary, "run", "Look"];
  {
    await using no = await openPane(command, { cwd: world.cwd, env: world.env, width: 140 });
    await no.shows("sets FROM_THE_PROJECT to 1");
    await no.shows("Let the agents of this run work by them?");
    await no.press("Enter");
    const { code, screen } = await no.ended();
    expect({ code, asked: screen.includes("nothing was started") }).toEqual({ code: 1, asked: true });
  }
  expect(ran()).toEqual([]);
  expect(existsSync(join(world.cwd, "../home/data/cord/cord.db"))).toBe(false);
  await using yes = await openPane(command, { cwd: world.cwd, env: world.env, width: 140 });
  await yes.shows("Let the agents of this run work by them?");
  await yes.press("y");
  const { code, screen } = await yes.ended();
  expect({ code, done: screen.includes("Done with it.") }).toEqual({ code: 0, done: true });
  expect(ran()).toContain("start");
  await until("the end of the agents", () => world.agents().length === 0);
});
