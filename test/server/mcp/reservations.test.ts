import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { isJsonObject } from "../../../src/core/json.ts";
import { sessionHeaders } from "../../../src/core/session.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { repository } from "../../support/machine/git.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { runOptions } from "../../support/run-options.ts";
import { followTab } from "../../support/tabs.ts";

let daemon: DaemonHere;
let top: string;

beforeEach(() => {
  daemon = daemonHere();
  top = repository(temporaryDirectory("hook-tools"));
});
afterEach(() => daemon.stop());

const Answer = z.object({
  result: z.object({
    content: z.array(z.object({ text: z.string() })).min(1),
    isError: z.boolean().optional(),
  }),
});

interface Who {
  token: string;
  headers: Record<string, string>;
}

/** Posts one message to /mcp. */
async function post(
  who: Who,
  method: string,
  params: object,
): Promise<{ headers: Headers; answer: unknown }> {
  const response = await fetch(`${daemon.url}mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${who.token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...who.headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return { headers: response.headers, answer: await response.json() };
}

async function call(who: Who, name: string, args: object): Promise<string> {
  const { answer } = await post(who, "tools/call", { name, arguments: args });
  const { content, isError } = Answer.parse(answer).result;
  return `${isError ? "error: " : ""}${content.map(({ text }) => text).join("\n")}`;
}

/** A session of a client that speaks HTTP, or of the bridge of a tab. */
async function session(tab?: string): Promise<Who> {
  const own: Record<string, string> = tab === undefined ? {} : { [sessionHeaders.tab]: tab };
  const initialize = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  };
  const { headers } = await post({ token: daemon.token, headers: own }, "initialize", initialize);
  return {
    token: daemon.token,
    headers: { ...own, [sessionHeaders.id]: headers.get(sessionHeaders.id) ?? "" },
  };
}

async function node(): Promise<Who> {
  const created = (await daemon.rpc("runs/create", { goal: "g", cwd: top, options: runOptions })).result;
  const run_id = isJsonObject(created) ? String(created["run_id"]) : "";
  const claimed = (await daemon.rpc("nodes/claim", { run_id, engine: "engine:e", limit: 1 })).result;
  const token = /"token":"([^"]+)"/.exec(JSON.stringify(claimed))?.[1] ?? "";
  return { token, headers: {} };
}

const reserve = (agentId: string, paths: string[]) =>
  daemon.rpc("files/reserve", { agentId, paths, folder: top, mode: "enforce" });

describe("a tool that only hooks call", () => {
  test("says nothing to an agent of a run, but for a file that is reserved", async () => {
    const who = await node();
    for (const name of ["hook_prompt", "hook_tool", "hook_stop"])
      expect(await call(who, name, {})).toBe("{}");
    const edit = { file: join(top, "src/a.ts"), cwd: top };
    expect(await call(who, "hook_edit", edit)).toBe("{}");
    await reserve("alice", ["src"]);
    expect(JSON.parse(await call(who, "hook_edit", edit))).toEqual({
      hookSpecificOutput: {
        hookEventName: "PreToolUse",
        permissionDecision: "deny",
        permissionDecisionReason: expect.stringMatching(
          /^\/.*src\/a\.ts is reserved by alice .*say in your result/,
        ),
      },
    });
  });

  test("tells a client that speaks HTTP what is new for the agent of its session, once", async () => {
    const who = await session();
    await call(who, "agents_heartbeat", { id: "bob", name: "bob" });
    expect(await call(who, "hook_prompt", {})).toBe("{}");
    await daemon.rpc("messages/send", { to: "bob", text: "hello", agentId: "alice" });
    expect(await call(who, "hook_prompt", {})).toMatch(/"additionalContext":".*messages_list/);
    expect(await call(who, "hook_prompt", {})).toBe("{}");
  });
});

test("the text of an inbox has its news, too: a client may show its agent nothing else", async () => {
  const who = await session();
  await call(who, "agents_heartbeat", { id: "bob", name: "bob" });
  await reserve("alice", ["src"]);
  expect(await call(who, "files_reserve", { paths: [join(top, "src/a.ts")] })).toMatch(
    /^error: src is reserved by alice/,
  );
  await daemon.rpc("files/release", { agentId: "alice" });
  expect(await call(who, "messages_list", {})).toContain(
    "src, which alice had reserved, may be edited again",
  );
});

describe("a tab that reserves", () => {
  test("says paths from the top of its checkout, and sub-agents of it do, whose files are the tab's own", async () => {
    const tab = crypto.randomUUID();
    const followed = await followTab(daemon, { tab, folder: top, reservations: "enforce" });
    await followed.handle();
    const who = await session(tab);
    expect(await call(who, "files_reserve", { paths: ["src/a.ts"] })).toContain(`"folder":"${top}"`);
    expect(await call(who, "files_reserve", { paths: ["src/b.ts"], agent_id: "helper" })).toContain(
      '"agent":"helper"',
    );
    const edit = (file: string) => daemon.rpc("tabs/hook", { tab, event: "edit", paths: [join(top, file)] });
    for (const file of ["src/a.ts", "src/b.ts"])
      expect((await edit(file)).result).toMatchObject({ deny: null, context: null });
    await reserve("other", ["src/c.ts"]);
    expect((await edit("src/c.ts")).result).toMatchObject({ deny: expect.stringContaining("other") });
    expect(await call(who, "files_list", {})).toContain('"agent":"other"');
    await followed.end();
  });
});
