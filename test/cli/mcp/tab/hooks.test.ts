import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Hooks } from "../../../../src/cli/mcp/tab/hooks.ts";
import { Connection } from "../../../../src/client/connection/connection.ts";
import { statelessVersion, versionKey } from "../../../../src/core/mcp-version.ts";
import { bridgeTo } from "../../../support/clients/bridge.ts";
import { daemonHere } from "../../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";
import { rpcCall } from "../../../support/rpc.ts";

const hooks = [
  { name: "hook_prompt", arguments: { session: "${session_id}", cwd: "/" } },
  { name: "hook_tool", arguments: { tool: "Read" } },
  { name: "hook_edit", arguments: { file: "a.txt", notebook: "${tool_input.notebook_path}", cwd: "/x" } },
  { name: "hook_edit", arguments: { command: "*** Add File: a.txt" } },
  { name: "hook_edit", arguments: { file: "x".repeat(100_000), notebook: 3, command: [], cwd: null } },
  { name: "hook_stop", arguments: { active: "false" } },
  { name: "hook_stop" },
];

const Answer = z.object({
  id: z.number(),
  result: z.object({ content: z.tuple([z.object({ type: z.literal("text"), text: z.literal("{}") })]) }),
});

/** Calls each hook, and reads that all are answered with nothing to say. */
async function allAnswered(bridge: ReturnType<typeof bridgeTo>): Promise<void> {
  for (const [id, call] of hooks.entries()) void bridge.write(rpcCall("tools/call", call, id));
  await bridge.lines('"content"', hooks.length);
  const answers = bridge.said.filter((line) => line.includes('"content"'));
  const ids = answers.map((line) => Answer.parse(JSON.parse(line)).id);
  expect(ids.toSorted((one, other) => one - other)).toEqual([...hooks.keys()]);
}

test("a hook has nothing to say where no daemon answers, in place of an error or a wait", async () => {
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const gone = daemonHere();
  await gone.stop();
  await using other = daemonHere();
  const places = [
    { url: gone.url, token: gone.token },
    { url: `http://127.0.0.1:${silent.port}/`, token: gone.token },
    { url: other.url, token: "f".repeat(64) },
  ];
  for (const place of places) {
    const bridge = bridgeTo(place);
    await allAnswered(bridge);
    await bridge.end();
  }
});

test("the tools of hooks are in no list", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  await bridge.initialize();
  void bridge.write(rpcCall("tools/list", {}, "list"));
  await bridge.lines('"id":"list"');
  expect(bridge.said.find((line) => line.includes('"id":"list"'))).not.toContain("hook_");
  await allAnswered(bridge);
  await bridge.end();
});

test("a hook of MCP 2026-07-28 is answered with what that wants in each result", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  const meta = { _meta: { [versionKey]: statelessVersion } };
  void bridge.write(rpcCall("tools/call", { name: "hook_prompt", arguments: {}, ...meta }, "modern"));
  await bridge.lines('"id":"modern"');
  expect(bridge.said.join()).toContain('"resultType":"complete"');
  await bridge.end();
});

test("an edit of a reserved file is refused also where the project's config is wrong", async () => {
  await using daemon = daemonHere();
  const folder = temporaryDirectory("project");
  mkdirSync(join(folder, ".cord"));
  writeFileSync(join(folder, ".cord", "config.toml"), '[tabs]\nreservations = "perhaps"\n');
  await daemon.rpc("files/reserve", { agentId: "alice", paths: ["a.txt"], folder, mode: "enforce" });
  const hooks = new Hooks({ connection: new Connection(daemon), tab: null, folder });
  const edit = { event: "edit", arguments: { file: "a.txt", cwd: folder } } as const;
  expect(await hooks.answer(edit)).toContain("reserved by alice");
});
