import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { ClaudeVersion } from "../support/claude/claude.ts";
import { call, say } from "../support/claude/model.ts";
import { startTabBoard, type TabBoard } from "../support/claude/tab-board.ts";

/** What cord relies on in the real Claude Code of a tab: what a bridge is told of the tab that it serves. */

let board: TabBoard;
beforeEach(async () => {
  board = await startTabBoard();
});
afterEach(() => board[Symbol.asyncDispose]());

function environmentOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
}

describe.each<ClaudeVersion>(["newest", "pinned"])("a tab of the %s Claude Code", (version) => {
  test("calls cord's tools, and says of itself in a file what it does", async () => {
    const tab = await board.open({
      version,
      script: ({ step }) => (step === 0 ? call("agents_list") : say("Nobody is there.")),
    });
    await tab.prompt("Who is there?");
    await tab.pane.shows("Nobody is there.");
    await tab.is("idle");
    expect(tab.model.requests[1]?.lastResults).toMatchObject([{ isError: false }]);
    expect(tab.session()).toMatchObject({ pid: tab.pid, cwd: board.cwd });
  });

  test("gives its bridge an inbox where it has one, and says that it is a tab", async () => {
    const tab = await board.open({ version, script: () => say("Hello.") });
    const told = environmentOf(tab.bridge().pid);
    expect(told).toContain("CLAUDE_CODE_ENTRYPOINT=cli");
    const inbox = told.filter((variable) => variable.startsWith("CLAUDE_CODE_MESSAGING_SOCKET="));
    const path = tab.session().messagingSocketPath;
    expect(inbox).toEqual(version === "newest" ? [`CLAUDE_CODE_MESSAGING_SOCKET=${path}`] : []);
  });

  test("ends its bridge with itself", async () => {
    const tab = await board.open({ version, script: () => say("Hello.") });
    await tab.close();
    expect(board.processes().flatMap(({ argv }) => argv)).not.toContain("mcp");
  });
});
