import { afterEach, beforeEach, expect, test } from "bun:test";
import { startClaude } from "../support/claude/claude-process.ts";
import { claudePath, type ClaudeVersion } from "../support/claude/claude.ts";
import { call, say, startModel } from "../support/claude/model.ts";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

/** What the real Claude Code does with cord's prompts and resources. */

let daemon: DaemonHere;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  daemon = daemonHere();
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  await daemon.stop();
});

test.each<ClaudeVersion>(["pinned", "newest"])(
  "the %s Claude Code gives its model the prompt that its person picks, and reads resources",
  async (version) => {
    await daemon.rpc("tasks/send", { name: "Login fails", kind: "bug", payload: { file: "login.ts" } });
    await daemon.rpc("tasks/send", { name: "Not a bug", kind: "task" });
    const model = await startModel(({ step }) => {
      if (step === 0) return call("ListMcpResourcesTool", {});
      if (step === 1) return call("ReadMcpResourceTool", { server: "cord", uri: "cord://tasks/1" });
      return say("Read.");
    });
    const claude = startClaude({
      model,
      dir: temporaryDirectory("claude"),
      mcpUrl: `${daemon.url}mcp`,
      env: { CORD_TOKEN: daemon.token, MCP_CONNECT_TIMEOUT_MS: "30000", MCP_CONNECTION_NONBLOCKING: "0" },
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
    claude.send("/mcp__cord__next bug");
    await claude.waitForLine(({ type }) => type === "result");
    expect(model.scriptErrors).toEqual([]);
    const [asked, listed, read] = model.requests;
    expect(asked?.prompt).toContain('Take the next task of kind "bug" of cord\'s board.');
    expect(asked?.prompt).toContain('"name":"Login fails"');
    expect(asked?.prompt).not.toContain("Not a bug");
    expect(listed?.lastResults[0]?.text).toContain("cord://tasks");
    expect(read?.lastResults[0]?.text).toContain("login.ts");
  },
);
