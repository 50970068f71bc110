import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentNamed } from "../../../../src/engine/agents/agents.ts";
import { claude } from "../../../../src/engine/agents/claude/claude.ts";
import { startProcess } from "../../../../src/engine/process/supervise.ts";
import type { AgentEvent } from "../../../../src/engine/agents/agent.ts";
import { claudeEnv, claudePath } from "../../../support/claude/claude.ts";
import { startMcpStub } from "../../../support/clients/mcp-server.ts";
import { startModel } from "../../../support/claude/model.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";
import { launchIn, shimPath } from "../../../support/engine/program.ts";

const claudeFolder = join(claudePath(), "..");

function commandOf(some: Parameters<typeof launchIn>[1] = {}) {
  return claude.command(
    launchIn(temporaryDirectory("attempt"), { ...some, env: { PATH: claudeFolder, ...some.env } }),
  );
}

describe("the command line of Claude Code", () => {
  test("names session, mode and budget, and takes away its own subagents", () => {
    const { argv } = commandOf({ model: "sonnet", budgetUsd: 1.5, sessionId: "id", permissionMode: "plan" });
    const line = argv.join(" ");
    expect(line).toContain("-p --output-format stream-json --input-format stream-json --verbose");
    expect(line).toContain("--model sonnet");
    expect(line).toContain("--session-id id");
    expect(line).toContain("--max-budget-usd 1.5");
    expect(line).toContain("--permission-mode plan");
    expect(line).toContain("--disallowedTools Agent,Task,Workflow");
    expect(line).not.toContain("--strict-mcp-config");
  });

  test("resumes a session, leaves out what is not wanted, and is strict about servers only when isolated", () => {
    const { argv } = commandOf({ resume: true, isolate: true, sessionId: "id" });
    expect(argv.join(" ")).toContain("--resume id");
    expect(argv.join(" ")).toContain("--strict-mcp-config --setting-sources user");
    for (const flag of ["--model", "--max-budget-usd", "--session-id"]) expect(argv).not.toContain(flag);
  });

  test("keeps the token out of the arguments and the file, in the environment only", () => {
    const dir = temporaryDirectory("attempt");
    const { argv, env } = claude.command(launchIn(dir, { token: "s3cret", env: { PATH: claudeFolder } }));
    const config = readFileSync(join(dir, "mcp.json"), "utf8");
    expect(config).toContain("Bearer ${CORD_TOKEN}");
    expect(`${argv.join(" ")}${config}`).not.toContain("s3cret");
    expect(env["CORD_TOKEN"]).toBe("s3cret");
    expect(statSync(join(dir, "mcp.json")).mode & 0o777).toBe(0o600);
  });

  test("takes an outer session out of the environment, and keeps the user's settings", () => {
    const outer = {
      CLAUDECODE: "1",
      CLAUDE_CODE_SESSION_ID: "x",
      CLAUDE_CODE_ENTRYPOINT: "cli",
      CLAUDE_CODE_CHILD_SESSION: "1",
    };
    const own = {
      CLAUDE_CONFIG_DIR: "/c",
      CLAUDE_CODE_USE_BEDROCK: "1",
      CLAUDE_CODE_MAX_RETRIES: "2",
      CLAUDE_CODE_OAUTH_TOKEN: "t",
    };
    const given: Record<string, string | undefined> = { ...outer, ...own, UNSET: undefined };
    const { env } = commandOf({ env: given });
    expect(env).toMatchObject({ ...own, MCP_CONNECT_TIMEOUT_MS: "30000" });
    for (const name of [...Object.keys(outer), "UNSET"]) expect(env).not.toHaveProperty(name);
  });

  test("says that it runs in a sandbox only to root and only when permissions are bypassed", () => {
    const isRoot = process.getuid?.() === 0;
    expect(commandOf({ permissionMode: "bypassPermissions" }).env.IS_SANDBOX).toBe(isRoot ? "1" : undefined);
    expect(commandOf({ permissionMode: "default" }).env).not.toHaveProperty("IS_SANDBOX");
  });

  test("is found on PATH, and where its own installer puts it; else the fix is named", () => {
    const home = temporaryDirectory("home");
    expect(() => claude.locate({ PATH: "/nowhere", HOME: home })).toThrow(
      /npm install -g @anthropic-ai\/claude-code/,
    );
    mkdirSync(join(home, ".local/bin"), { recursive: true });
    writeFileSync(join(home, ".local/bin/claude"), "");
    expect(claude.locate({ PATH: "/nowhere", HOME: home })).toBe(join(home, ".local/bin/claude"));
    expect(claude.locate({ PATH: claudeFolder })).toBe(join(claudeFolder, "claude"));
  });

  test("an unknown agent is refused with the names there are", () => {
    expect(() => agentNamed("gpt")).toThrow('There is no agent "gpt". Use one of: claude, rehearsal.');
  });
});

describe("the real Claude Code under a shim", () => {
  test("starts connected to cord, uses its tool, is told something, and exits when stdin closes", async () => {
    const dir = temporaryDirectory("claude");
    const mcp = await startMcpStub();
    const model = await startModel(({ step }) =>
      step === 0 ? { tools: [{ name: "mcp__cord__complete", input: { result: "42" } }] } : { text: "done" },
    );
    const launch = launchIn(join(dir, "attempt"), {
      cwd: dir,
      env: claudeEnv(model, dir),
      mcpUrl: mcp.url,
      prompt: "work",
      token: "node-token",
      permissionMode: "bypassPermissions",
      budgetUsd: 5,
    });
    const events: AgentEvent[] = [];
    const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const agent = startProcess({
      agent: claude,
      launch,
      onEvent: (event) => {
        events.push(event);
        if (event.type === "ended")
          turns[events.filter(({ type }) => type === "ended").length - 1]?.resolve();
      },
      shimCommand: shimPath,
    });
    await turns[0]?.promise;
    expect(agent.tell("one more thing")).toBe(true);
    await turns[1]?.promise;
    agent.closeStdin();
    expect(await agent.exited).toEqual({ code: 0, signal: null, tail: "", isCutOff: false });

    expect(events[0]).toMatchObject({ type: "started", sessionId: launch.sessionId, cordConnected: true });
    expect(events).toContainEqual({
      type: "used",
      id: expect.any(String),
      tool: "cord complete",
      detail: "42",
    });
    expect(events.filter(({ type }) => type === "ended")).toMatchObject([
      { ok: true, text: "done" },
      { ok: true },
    ]);
    expect(mcp.completed).toEqual(["42"]);
    expect([...mcp.authorizations]).toEqual(["Bearer node-token"]);
    await Promise.all([mcp.stop(), model.stop()]);
  });
});
