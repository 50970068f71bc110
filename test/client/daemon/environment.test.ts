import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { marks } from "../../../src/core/marks.ts";
import { startBoard } from "../../support/machine/board.ts";
import { start } from "../../support/machine/command.ts";

/** What passes from a shell or a tab to the daemon that it starts, and what an agent's shell may use. Real processes. */

test("a daemon that is started on demand keeps nothing of its starter's environment but what it needs", async () => {
  await using board = await startBoard();
  const others = {
    ANTHROPIC_API_KEY: "test-key",
    BUN_OPTIONS: "",
    CLAUDECODE: "1",
    CORD_AGENT: "me",
    GITHUB_TOKEN: "test-key",
    HTTPS_PROXY: "http://127.0.0.1:9",
    LD_PRELOAD: "",
    NODE_OPTIONS: "",
    PWD: board.cwd,
    SSH_AUTH_SOCK: "/nowhere",
  };
  const needed = { LANG: "C.UTF-8", LC_ALL: "C.UTF-8", TZ: "UTC" };
  const env = { ...board.env, ...others, ...needed };
  const { code } = await start(board.argv("status"), { cwd: board.cwd, env }).ended;
  expect(code).toBe(0);
  const address = readFileSync(`${board.data}/cord/cord.db.address`, "utf8");
  const { pid }: { pid: number } = JSON.parse(address);
  const kept = readFileSync(`/proc/${pid}/environ`, "utf8")
    .split("\0")
    .filter((entry) => entry !== "");
  const { HOME = "", PATH = "", XDG_DATA_HOME = "" } = board.env;
  const expected = Object.entries({ HOME, PATH, XDG_DATA_HOME, ...needed }).map((entry) => entry.join("="));
  expect(kept.toSorted()).toEqual(expected.toSorted());
});

test.each([{}, { CORD_TOKEN: "" }, { CORD_TOKEN: "a-person's-0123456789012345678901234567890" }])(
  "a shell of an agent that has lost its node's token does not act as the person: %j",
  async (token) => {
    await using board = await startBoard();
    await board.serve();
    const env = { ...board.env, ...token, [marks.attempt]: "run/1/1", [marks.engine]: "1:1" };
    for (const argv of [["status"], ["send", "x"], ["mcp"]]) {
      const { code, out, err } = await start(board.argv(...argv), { cwd: board.cwd, env }).ended;
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain("This shell belongs to an agent of a run");
    }
    const { out } = await start(board.argv("doctor"), { cwd: board.cwd, env }).ended;
    expect(out).toMatch(/✗ token +this shell belongs to an agent/);
    expect(await board.client.call("tasks/list", {})).toEqual([]);
  },
);
