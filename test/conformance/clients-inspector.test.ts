import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { z } from "zod";
import { clientWorld } from "../support/clients/clients.ts";
import { startInspector } from "../support/clients/inspector.ts";

/** MCP Inspector's command line calls each tool of the board, as any client of the protocol's own making would. */

setDefaultTimeout(240_000);

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());

// over HTTP nobody starts the daemon
await world.run(["cord", "status"]);

/** Its request library refuses proxies; it talks to nobody but its target. */
const direct = ["-u", "HTTP_PROXY", "-u", "HTTPS_PROXY", "mcp-inspector", "--cli"];
const overHttp = [
  `${world.url}mcp`,
  "--transport",
  "http",
  "--stored-auth-only",
  "--header",
  `Authorization: Bearer ${world.token}`,
];

/** MCP 2026-07-28; without it the Inspector speaks 2025-11-25. */
const modern = ["--protocol-era", "modern"];

describe.each([
  ["cord mcp, over stdio", ["cord", "mcp"]],
  ["cord mcp, over stdio, by MCP 2026-07-28", [...modern, "cord", "mcp"]],
  ["the daemon's /mcp, over HTTP with its token", overHttp],
  ["the daemon's /mcp, over HTTP with its token, by MCP 2026-07-28", [...overHttp, ...modern]],
])("%s", (_, target) => {
  test("each tool of the list can be called", async () => {
    await using inspector = startInspector(world);
    const called = new Set<string>();
    const tool = async (name: string, input: object) => {
      called.add(name);
      return toolResult(
        await inspector.call(withArgs(target, ["--method", "tools/call", ...asked(name, input)])),
      );
    };
    const mine = { agent_id: "inspector" };

    expect(await tool("agents_heartbeat", { id: "inspector", name: "MCP Inspector" })).toEqual({ ok: true });
    const bug = Task.parse(await tool("tasks_send", { name: "Login fails", kind: "bug" }));
    expect(await tool("tasks_get", { id: bug.id })).toMatchObject({ name: "Login fails", state: "pending" });
    const listed = await tool("tasks_list", { kind: "bug", state: "pending" });
    expect(listed).toMatchObject({ items: [{ id: bug.id }] });
    expect(await tool("tasks_claim", { id: bug.id, ...mine })).toMatchObject({
      state: "claimed",
      claimed_by: "inspector",
      epoch: 1,
    });
    // each call of Inspector's is a tab of its own over stdio, and is there too
    expect(Agents.parse(await tool("agents_list", {})).items).toContainEqual(
      expect.objectContaining({ id: "inspector", current_task: bug.id }),
    );
    const held = { id: bug.id, ...mine, epoch: 1 };
    expect(await tool("tasks_extend", { ...held, lease_seconds: 600 })).toMatchObject({ ok: true });
    expect(await tool("tasks_reclaim", {})).toEqual({ items: [] });
    const ack = { post_ack: true, ack_name: "v1.1 stable" };
    expect(await tool("tasks_complete", { ...held, result: { sha: "abc" }, ...ack })).toMatchObject({
      ok: true,
      ack: { kind: "ack", payload: { fixed_bug_id: bug.id } },
    });

    const unclear = Task.parse(await tool("tasks_send", { name: "Which login?" }));
    await tool("tasks_claim", { id: unclear.id, ...mine });
    await tool("tasks_say", { id: unclear.id, text: "It is one of two.", ...mine, epoch: 1 });
    expect(await tool("tasks_ask", { id: unclear.id, question: "Which?", ...mine, epoch: 1 })).toMatchObject({
      task: { state: "waiting" },
    });
    expect(await tool("tasks_answer", { id: unclear.id, answer: "The first." })).toMatchObject({
      state: "claimed",
      claimed_by: "inspector",
      epoch: 2,
    });
    expect(await tool("tasks_release", { id: unclear.id, ...mine, epoch: 2 })).toMatchObject({
      state: "pending",
    });

    const lost = Task.parse(await tool("tasks_send", { name: "Cannot be done" }));
    await tool("tasks_claim", { id: lost.id, ...mine });
    expect(await tool("tasks_fail", { id: lost.id, ...mine, epoch: 1, reason: "no key" })).toMatchObject({
      state: "failed",
    });
    const dropped = Task.parse(await tool("tasks_send", { name: "Not needed" }));
    expect(await tool("tasks_cancel", { id: dropped.id })).toEqual({ ok: true });

    const sent = Task.parse(await tool("messages_send", { to: "inspector", text: "hi", agent_id: "other" }));
    expect(await tool("messages_list", mine)).toMatchObject({ items: [{ id: sent.id, from: "other" }] });
    expect(await tool("tasks_watch", { kind: "never", note: "go on", ...mine })).toMatchObject({
      watch: { note: "go on" },
    });
    const paths = [`${world.project}/src/**`];
    expect(await tool("files_reserve", { paths, reason: "mine", ...mine })).toMatchObject({
      agent: "inspector",
      paths: ["src/**"],
    });
    expect(await tool("files_list", {})).toMatchObject({ items: [{ agent: "inspector", reason: "mine" }] });
    expect(await tool("files_release", { paths, ...mine })).toMatchObject({ items: [{ reason: "mine" }] });

    const { tools } = Listing.parse(resultOf(await inspect(target, ["--method", "tools/list"])));
    expect([...called].toSorted()).toEqual(tools.map(({ name }) => name).toSorted());
  });

  test("no tool's schema is one that other clients or models would stumble over", async () => {
    const { code, err } = await inspect(target, ["--method", "tools/list", "--strict"]);
    expect({ code, warned: err.match(/^.*(?:warning|error).*$/gim) }).toEqual({ code: 0, warned: null });
  });

  test("a refusal comes as the tool's own sentence, not as an error of the protocol", async () => {
    const refused = await inspect(target, [
      "--method",
      "tools/call",
      ...asked("tasks_claim", { id: "01234567", agent_id: "inspector" }),
    ]);
    expect(resultOf(refused)).toMatchObject({
      isError: true,
      content: [{ type: "text", text: expect.stringContaining("01234567") }],
    });
    expect(refused.err).toContain("tool_is_error");
  });
});

test("without the token the daemon's /mcp says that one is needed", async () => {
  const { code, out, err } = await inspect(
    [`${world.url}mcp`, "--transport", "http", "--stored-auth-only"],
    ["--method", "tools/list"],
  );
  expect({ out, refused: code !== 0 }).toEqual({ out: "", refused: true });
  expect(err).toContain("A token is needed.");
});

const Task = z.object({ id: z.string() });
const Agents = z.object({ items: z.array(z.looseObject({ id: z.string() })) });
const Listing = z.object({ tools: z.array(z.object({ name: z.string() })) });
const Printed = z.object({ result: z.unknown() });
const Result = z.object({ structuredContent: z.unknown(), isError: z.boolean().optional() });

interface Inspected {
  out: string;
  err: string;
}

/** By the command, as a person calls it. */
function inspect(target: readonly string[], args: readonly string[]): Promise<Inspected & { code: number }> {
  return world.run([...direct, ...withArgs(target, args)]);
}

function withArgs(target: readonly string[], args: readonly string[]): string[] {
  return [...target, ...args, "--format", "json"];
}

function asked(name: string, input: object): string[] {
  return ["--tool-name", name, "--tool-args-json", JSON.stringify(input)];
}

function resultOf({ out, err }: Inspected): unknown {
  if (out === "") throw new Error(err);
  return Printed.parse(JSON.parse(out)).result;
}

function toolResult(inspected: Inspected): unknown {
  const { structuredContent, isError } = Result.parse(resultOf(inspected));
  if (isError === true) throw new Error(inspected.out);
  return structuredContent;
}
