import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Inbox } from "../../../src/operations/context.ts";
import { prepareHook } from "../../../src/server/mcp/hook-call.ts";
import { rootCaller, tabCaller } from "../../support/clients/tool-caller.ts";
import { daemonHere } from "../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { noInbox, openRig } from "../../support/operations/rig.ts";

/** What hooks of the project say to clients that have no bridge: agents of runs read the project's settings too. */

const tools = ["hook_prompt", "hook_tool", "hook_edit", "hook_stop"];
const nothing = { isError: false, text: "{}" };

describe("the tools of hooks", () => {
  test("are in no list, and have nothing to say to an agent of a run", async () => {
    await using daemon = daemonHere();
    const node = await rootCaller(daemon);
    const tab = await tabCaller(daemon);
    for (const caller of [node, tab])
      expect(JSON.stringify(await caller.ask("tools/list", {}))).not.toContain("hook_");
    for (const tool of tools)
      for (const args of [undefined, {}, { active: "false", cwd: "/", file: "${tool_input.file_path}" }])
        expect([tool, await node.call(tool, args)]).toMatchObject([tool, nothing]);
  });

  test("refuse an agent of a run the edit of a file that another has reserved so, and only that", async () => {
    await using daemon = daemonHere();
    const node = await rootCaller(daemon);
    const folder = temporaryDirectory("checkout");
    writeFileSync(join(folder, "a.ts"), "");
    const asked = { paths: ["a.ts"], folder, mode: "enforce", reason: "the API", agentId: "alice" };
    await daemon.rpc("files/reserve", asked);
    const { text, isError } = await node.call("hook_edit", { file: join(folder, "a.ts"), cwd: folder });
    expect(isError).toBe(false);
    expect(JSON.parse(text)).toMatchObject({
      hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny" },
    });
    expect(text).toContain("alice");
    expect(await node.call("hook_edit", { file: join(folder, "b.ts"), cwd: folder })).toMatchObject(nothing);
    await daemon.rpc("files/release", { agentId: "alice" });
    expect(await node.call("hook_edit", { file: join(folder, "a.ts"), cwd: folder })).toMatchObject(nothing);
  });

  test("tell a tab over plain HTTP once of what is new", async () => {
    await using daemon = daemonHere();
    const tab = await tabCaller(daemon);
    await tab.call("agents_heartbeat", { id: "alice", name: "alice" });
    await daemon.rpc("messages/send", { to: "alice", text: "the API is ready" });
    const { text } = await tab.call("hook_prompt", {});
    expect(text).toContain("messages_list");
    expect(text).not.toContain("API");
    expect(await tab.call("hook_prompt", {})).toMatchObject(nothing);
  });

  test("leave what is new to the next note where it is there too late for the answer", async () => {
    const rig = openRig();
    const late = Promise.withResolvers<void>();
    const told: string[] = [];
    const inbox: Inbox = {
      ...noInbox,
      settled: () => late.promise,
      tell: async (agent) => (told.push(agent), "New for alice: 1 message. messages_list has it."),
    };
    const caller = { kind: "tab", agent: "alice" } as const;
    const hook = prepareHook({ ...rig.services, inbox }, caller, { name: "hook_prompt", args: {} });
    const { signal } = new AbortController();
    expect(await hook?.perform(signal)).toEqual({ content: [{ type: "text", text: "{}" }] });
    late.resolve();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(told).toEqual([]);
    await rig.close();
  });

  test("say nothing where the input is hostile, and fail never", async () => {
    await using daemon = daemonHere();
    for (const caller of [await rootCaller(daemon), await tabCaller(daemon)])
      for (const args of [
        { file: "x".repeat(100_000) },
        { file: ["a"], cwd: 7 },
        { command: "*** Update File: \u0000" },
      ])
        for (const tool of tools) expect(await caller.call(tool, args)).toMatchObject(nothing);
  });
});
