import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { daemonEnvironment } from "../../../src/client/daemon/environment.ts";
import { marks } from "../../../src/core/marks.ts";
import { startBoard } from "../../support/machine/board.ts";
import { start } from "../../support/machine/command.ts";

/** What passes from a shell or a tab to the daemon that it starts, and what an agent's shell may use. Real processes. */

const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "a tab", version: "1" } },
};

/** Of a tab, as its client gives it to the servers that it starts, and of a person's shell. */
const others = {
  AI_AGENT: "1",
  ANTHROPIC_API_KEY: "test-key",
  ANTHROPIC_AUTH_TOKEN: "test-key",
  ANTHROPIC_BASE_URL: "http://127.0.0.1:9",
  BUN_OPTIONS: "",
  CLAUDECODE: "1",
  CLAUDE_CODE_ENTRYPOINT: "cli",
  CLAUDE_CODE_MESSAGING_SOCKET: "/nowhere/1.sock",
  CLAUDE_CODE_MESSAGING_TOKEN: "test-token",
  CLAUDE_CODE_OAUTH_TOKEN: "test-token",
  CLAUDE_CODE_SESSION_ID: "00000000-0000-4000-8000-000000000000",
  CLAUDE_CONFIG_DIR: "/nowhere",
  CLAUDE_PROJECT_DIR: "/nowhere",
  CODEX_HOME: "/nowhere",
  CORD_AGENT: "me",
  CORD_PROJECT: "mine",
  GEMINI_API_KEY: "test-key",
  GEMINI_CLI: "1",
  GITHUB_TOKEN: "test-key",
  HTTPS_PROXY: "http://127.0.0.1:9",
  LD_PRELOAD: "",
  MCP_TOOL_TIMEOUT: "1000",
  NODE_OPTIONS: "",
  OPENAI_API_KEY: "test-key",
  OPENCODE: "1",
  OPENCODE_PID: "1",
  PWD: "/nowhere",
  SHLVL: "3",
  SSH_AUTH_SOCK: "/nowhere",
  TERM: "xterm-256color",
  TERM_PROGRAM: "vscode",
  LC_API_KEY: "secret",
};

test.each([
  ["a shell", ["status"], ""],
  ["a tab", ["mcp"], `${JSON.stringify(initialize)}\n`],
])(
  "a daemon that %s has started keeps nothing of that one's environment but what it needs",
  async (_, args, input) => {
    await using board = await startBoard();
    const needed = { LANG: "C.UTF-8", LC_ALL: "C.UTF-8", TZ: "UTC" };
    const env = { ...board.env, ...others, ...needed };
    const child = Bun.spawn(board.argv(...args), {
      cwd: board.cwd,
      env,
      stdin: new Blob([input]),
      stdout: "ignore",
      stderr: "ignore",
    });
    expect(await child.exited).toBe(0);
    const address = readFileSync(`${board.data}/cord/cord.db.address`, "utf8");
    const { pid }: { pid: number } = JSON.parse(address);
    const kept = readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .filter((entry) => entry !== "");
    const { HOME = "", PATH = "", XDG_DATA_HOME = "" } = board.env;
    const expected = Object.entries({ HOME, PATH, XDG_DATA_HOME, ...needed }).map((entry) => entry.join("="));
    expect(kept.toSorted()).toEqual(expected.toSorted());
  },
);

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

test("a daemon on Windows keeps what it cannot connect or find its folders without, in whatever case that is written", () => {
  const env = {
    Path: "C:\\Windows\\system32",
    SYSTEMROOT: "C:\\Windows",
    LOCALAPPDATA: "C:\\Users\\ann\\AppData\\Local",
    UserProfile: "C:\\Users\\ann",
    ANTHROPIC_API_KEY: "secret",
    CORD_ATTEMPT: "a/1/1",
    Cord_Token: "secret",
  };
  expect(Object.keys(daemonEnvironment(env, "win32"))).toEqual([
    "Path",
    "SYSTEMROOT",
    "LOCALAPPDATA",
    "UserProfile",
  ]);
  // elsewhere a variable of another case is another variable
  expect(Object.keys(daemonEnvironment(env, "linux"))).toEqual(["LOCALAPPDATA"]);
});
