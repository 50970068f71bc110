import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linesOf } from "../../src/cli/mcp/lines.ts";
import type { Agent } from "../../src/core/task.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { until } from "../support/until.ts";

/** cord's plugin for opencode, word for word as it is in a project, with the compiled `cord hook opencode-follow`; opencode is played. */

const program = join(import.meta.dir, "../support/programs/opencode-host.ts");

interface Host extends AsyncDisposable {
  handle: string;
  call(hook: string, ...args: unknown[]): void;
  write(line: object): void;
  /** As opencode does when its person switches the server off and on. */
  startBridgeAgain(): Promise<void>;
  /** The next line of the kind. */
  says(kind: string): Promise<Record<string, unknown>>;
}

/** The plugin in a process of its own, which has started cord's bridge too. */
async function hostOn(board: Board): Promise<Host> {
  await board.serve();
  const env = { ...board.env, PATH: `${board.bin}:${process.env["PATH"] ?? ""}` };
  board.program("cord", `exec '${board.binary}' "$@"`);
  const child = Bun.spawn([process.execPath, program], {
    cwd: board.cwd,
    env,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const said: Record<string, unknown>[] = [];
  const reading = (async () => {
    for await (const line of linesOf(child.stdout)) said.push(JSON.parse(line));
  })();
  let bridge = await bridgeOf(child.pid, board, env);
  const write = (line: object) => {
    void child.stdin.write(`${JSON.stringify(line)}\n`);
    void child.stdin.flush();
  };
  return {
    handle: await handleOf(board),
    async startBridgeAgain() {
      await bridge.stdin.end();
      await bridge.exited;
      await until("that its tab is gone", async () => (await openTabs(board)).length === 0);
      bridge = await bridgeOf(child.pid, board, env);
    },
    call: (hook, ...args) => write({ hook, args }),
    write,
    async says(kind) {
      await until(`${kind} from the plugin's host`, () => said.some((line) => kind in line));
      const [found = {}] = said.splice(
        said.findIndex((line) => kind in line),
        1,
      );
      return found;
    },
    async [Symbol.asyncDispose]() {
      await bridge.stdin.end();
      await child.stdin.end();
      child.kill();
      await Promise.all([child.exited, bridge.exited, reading]);
    },
  };
}

/** `cord mcp`, as an opencode of this pid starts it. */
async function bridgeOf(pid: number, board: Board, env: Record<string, string>) {
  const bridge = Bun.spawn(board.argv("mcp"), {
    cwd: board.cwd,
    env: { ...env, OPENCODE: "1", OPENCODE_PID: String(pid) },
    stdin: "pipe",
    stdout: "ignore",
    stderr: "inherit",
  });
  const clientInfo = { name: "opencode", version: "1.18.33" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  void bridge.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
  void bridge.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  await bridge.stdin.flush();
  return bridge;
}

/** Of the tab that is woken by the plugin, once it is. */
async function handleOf(board: Board): Promise<string> {
  const handles: string[] = [];
  await until("a tab that is woken by the plugin", async () => {
    handles.push(...(await openTabs(board)).filter(({ wake }) => wake === "plugin").map(({ id }) => id));
    return handles.length > 0;
  });
  return handles[0] ?? "";
}

async function openTabs({ client }: Board): Promise<Agent[]> {
  return (await client.call("agents/list", {})).filter((agent) => agent.is_open === true);
}

const created = { event: { type: "session.created", properties: { info: { id: "ses_1" } } } };
const inner = {
  event: { type: "session.created", properties: { info: { id: "ses_2", parentID: "ses_1" } } },
};
const status = (sessionID: string, type: string) => ({
  event: { type: "session.status", properties: { sessionID, status: { type } } },
});

test("an idle opencode is woken in the conversation that its person sees, by one line and once", async () => {
  await using board = await startBoard();
  await using host = await hostOn(board);
  for (const event of [created, inner, status("ses_2", "busy"), status("ses_1", "idle")])
    host.call("event", event);
  await until("that it is idle", async () => (await tabOf(board, host)).state === "idle");
  await board.client.call("messages/send", { to: host.handle, text: "the API is ready", agentId: "bob" });
  const { promptAsync } = await host.says("promptAsync");
  expect(promptAsync).toEqual({
    path: { id: "ses_1" },
    body: { parts: [{ type: "text", text: expect.stringContaining(`1 new for ${host.handle}`) }] },
  });
  expect(JSON.stringify(promptAsync)).not.toContain("the API is ready");
});

test("what it does is known: busy, idle, or waiting for its person; and a wake that fails is no secret", async () => {
  await using board = await startBoard();
  await using host = await hostOn(board);
  const sent = await board.client.call("tabs/poke", { agent: host.handle });
  expect(sent).toMatchObject({ woken: null, trouble: expect.stringContaining("No conversation has begun") });
  host.call("event", created);
  host.call("event", status("ses_1", "busy"));
  await until("busy", async () => (await tabOf(board, host)).state === "busy");
  host.call("event", { event: { type: "permission.asked", properties: {} } });
  await until("waiting", async () => (await tabOf(board, host)).waiting_for === "a permission");
  host.call("event", { event: { type: "permission.replied", properties: {} } });
  await until("busy again", async () => (await tabOf(board, host)).state === "busy");
  host.write({ fails: true });
  host.call("event", status("ses_1", "idle"));
  await until("idle", async () => (await tabOf(board, host)).state === "idle");
  const failed = await board.client.call("tabs/poke", { agent: host.handle });
  expect(failed).toMatchObject({ woken: null, trouble: expect.stringContaining("NotFound") });
});

test("its model is told with the next prompt and after a tool of what no wake has told, and an edit is asked about", async () => {
  await using board = await startBoard();
  await using host = await hostOn(board);
  const parts: unknown[] = [];
  await board.client.call("messages/send", { to: host.handle, text: "x", agentId: "bob" });
  host.call("chat.message", { sessionID: "ses_1" }, { message: { id: "msg_1" }, parts });
  const prompt = await host.says("hook");
  expect(JSON.stringify(prompt)).toContain(`New for ${host.handle}: 1 message`);
  expect(prompt).toMatchObject({
    args: [{}, { parts: [{ type: "text", sessionID: "ses_1", messageID: "msg_1", synthetic: true }] }],
  });
  host.call("tool.execute.after", { tool: "read", sessionID: "ses_1" }, { output: "read" });
  expect(await host.says("hook")).toMatchObject({ args: [{}, { output: "read" }] });
  host.call("tool.execute.before", { tool: "write", sessionID: "ses_1" }, { args: { filePath: "/x/a.ts" } });
  expect(await host.says("hook")).not.toHaveProperty("thrown");
});

test.each(["enforce", "warn"])(
  "an edit of a file that another has reserved is refused, or told of after it: %s",
  async (mode) => {
    await using board = await startBoard();
    mkdirSync(join(board.cwd, ".cord"));
    writeFileSync(join(board.cwd, ".cord/config.toml"), `[tabs]\nreservations = "${mode}"\n`);
    await using host = await hostOn(board);
    const held = { paths: ["src/**"], reason: "the release", folder: board.cwd, agentId: "bob" };
    await board.client.call("files/reserve", held);
    const edit = { tool: "write", sessionID: "ses_1" };
    const before = async (filePath: string) => {
      host.call("tool.execute.before", edit, { args: { filePath, content: "x".repeat(1_500_000) } });
      return host.says("hook");
    };
    const refused = { thrown: expect.stringContaining("is reserved by bob") };
    expect(await before("src/a.ts")).toMatchObject(mode === "enforce" ? refused : { args: [edit, {}] });
    host.call("tool.execute.after", edit, { output: "written" });
    expect(await host.says("hook")).toMatchObject({
      args: [
        edit,
        { output: mode === "enforce" ? "written" : expect.stringMatching(/^written\n.*is reserved by bob/) },
      ],
    });
    expect(await before("docs/a.md")).not.toHaveProperty("thrown");
    host.call(
      "tool.execute.before",
      { tool: "read", sessionID: "ses_1" },
      { args: { filePath: "src/a.ts" } },
    );
    expect(await host.says("hook")).not.toHaveProperty("thrown");
  },
);

test("a server that is started anew has the plugin again, and so has one whose daemon was killed", async () => {
  await using board = await startBoard();
  await using host = await hostOn(board);
  host.call("event", created);
  host.call("event", status("ses_1", "idle"));
  await host.startBridgeAgain();
  const again = await handleOf(board);
  expect(await openTabs(board)).toHaveLength(1);
  await until("idle", async () => (await tabOf(board, { handle: again })).state === "idle");
  await board.killDaemon();
  await board.serve();
  const agent = await handleOf(board);
  await until("idle", async () => (await tabOf(board, { handle: agent })).state === "idle");
  expect(await board.client.call("tabs/poke", { agent })).toMatchObject({ woken: "plugin" });
});

test("without cord on PATH it does nothing, and holds nothing up", async () => {
  await using board = await startBoard();
  const child = Bun.spawn([process.execPath, program], {
    cwd: board.cwd,
    env: { ...board.env, PATH: board.bin },
    stdin: new Blob([
      `${JSON.stringify({ hook: "tool.execute.before", args: [{ tool: "write" }, { args: {} }] })}\n`,
    ]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(err).toBe("");
  expect(out).toContain('{"hook":"tool.execute.before","args":[{"tool":"write"},{"args":{}}]}');
});

async function tabOf(board: Board, { handle }: Pick<Host, "handle">): Promise<Partial<Agent>> {
  const agents = await board.client.call("agents/list", {});
  return agents.find(({ id }) => id === handle) ?? {};
}
