import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, say } from "../support/claude/model.ts";
import { startTabBoard, type TabBoard } from "../support/claude/tab-board.ts";
import { reader, wakesIn } from "../support/claude/tab-script.ts";
import { git } from "../support/machine/git.ts";

/** The story that cord is for: two tabs on two release branches, and nobody who tells one of the other. */

let board: TabBoard;
beforeEach(async () => {
  board = await startTabBoard();
});
afterEach(() => board[Symbol.asyncDispose]());

/** A checkout of a release branch, beside the project. */
function checkout(branch: string): string {
  const folder = join(board.home, branch);
  git(board.cwd, "worktree", "add", "--quiet", "-b", branch, folder);
  return folder;
}

function program(name: string, text: string): void {
  const path = join(board.cwd, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

test("the tab of v1.2 ships when that of v1.1 is stable, and nobody waits for it", async () => {
  writeFileSync(join(board.cwd, "sum.sh"), "echo $(($1 - $2))\n");
  program("test.sh", 'test "$(sh sum.sh 2 2)" = 4 && echo green || { echo red; exit 1; }');
  program("ship.sh", "git describe --all > shipped.txt");
  git(board.cwd, "add", "--all");
  git(board.cwd, "commit", "--quiet", "--message", "v1");
  const [older, newer] = [checkout("v1.1"), checkout("v1.2")];

  const release = await board.open({
    folder: newer,
    args: ["--permission-mode", "bypassPermissions"],
    script: reader(
      ({ notices: [notice] }) => {
        expect(notice).toMatchObject({ reason: "watch", line: expect.stringContaining("ship v1.2") });
        return call("Bash", { command: "./ship.sh && echo shipped" });
      },
      ({ step, lastResults: [result] }) => {
        if (step === 0)
          return call("tasks_watch", { kind: "ack", name_contains: "v1.1 stable", note: "ship v1.2" });
        return say(result?.text === "shipped" ? "v1.2 is shipped." : "I ship when v1.1 is stable.");
      },
    ),
  });
  await release.prompt("Prep the v1.2 release. Wait for v1.1 to be stable before shipping the build.");
  await release.pane.shows("I ship when v1.1 is stable.");
  await release.is("idle");

  const file = join(older, "sum.sh");
  const hotfix = await board.open({
    folder: older,
    args: ["--permission-mode", "bypassPermissions"],
    script: ({ step }) =>
      [
        call("Bash", { command: "./test.sh" }),
        call("Read", { file_path: file }),
        call("Edit", { file_path: file, old_string: "$1 - $2", new_string: "$1 + $2" }),
        call("Bash", { command: "./test.sh" }),
        call("Bash", {
          command:
            "git -c user.name=A -c user.email=a@example.com commit --quiet --all --message fixed && echo done",
        }),
        call("tasks_send", { kind: "ack", name: "v1.1 stable" }),
      ][step] ?? say("v1.1 is stable."),
  });
  // nobody waits: no call of the tab's is open, and no command
  expect(await board.client.call("daemon/status", {})).toMatchObject({ watchers: 0 });
  expect(board.processes().filter(({ argv }) => argv.includes("wait"))).toEqual([]);
  const before = release.model.requests.length;
  await hotfix.prompt("Test the v1.1 hotfix branch. If it is red, fix it and post a stable ack.");
  await release.pane.shows("v1.2 is shipped.");
  await hotfix.pane.shows("v1.1 is stable.");

  expect(existsSync(join(newer, "shipped.txt"))).toBe(true);
  expect(git(older, "log", "-1", "--format=%s")).toBe("fixed");
  expect(hotfix.model.requests.slice(1, 5).map(({ lastResults: [result] }) => result?.text)).toMatchObject([
    expect.stringContaining("red"),
    expect.stringContaining("$1 - $2"),
    expect.stringContaining("updated"),
    "green",
  ]);
  // to say what it waits for took two calls of the model, to wait none, and to ship three
  expect([before, release.model.requests.length]).toEqual([2, 5]);
  expect(wakesIn(release.model)).toHaveLength(1);
  expect(wakesIn(hotfix.model)).toEqual([]);
});
