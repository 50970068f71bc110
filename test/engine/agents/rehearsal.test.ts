import { expect, test } from "bun:test";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { join } from "node:path";
import { z } from "zod";
import type { AgentKind, AgentEvent } from "../../../src/engine/agents/agent.ts";
import { rehearsal } from "../../../src/engine/agents/rehearsal.ts";
import { startProcess } from "../../../src/engine/process/supervise.ts";
import { proved } from "../../support/network/proved.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { launchIn, shimPath } from "../../support/engine/program.ts";

/** The real adapter and the real program, started without the rest of cord. */
const agent: AgentKind = {
  ...rehearsal,
  command: (launch) => ({ ...rehearsal.command(launch), argv: [...shimPath.slice(0, -1), "rehearse-agent"] }),
};

const promptFor = (phase: string, rest: string) =>
  `You are node #1 of run r, one agent.\nPhase: ${phase}\n\n# Your task\n\nGoal: Plan\n\n${rest}\n`;

test("a rehearsal creates a child for each step, in order, completes, and exits when stdin closes", async () => {
  const { calls, events, exit } = await rehearse(
    promptFor("work", "<task-a>\n1. one\n   - in one\n2. two\n</task-a>"),
  );
  expect(calls).toEqual([
    { tool: "create", goal: "one", prompt: "one\n\n- in one", needs: [] },
    { tool: "create", goal: "two", prompt: "two", needs: ["#2"] },
    {
      tool: "complete",
      result: expect.stringMatching(/^Rehearsal of #1 "Plan": no model was called.\n.*#2, #3/),
    },
  ]);
  expect(events[0]).toMatchObject({ type: "started", cordConnected: true });
  expect(events).toContainEqual({ type: "used", id: expect.any(String), tool: "cord create", detail: "one" });
  expect(events.at(-1)).toMatchObject({ type: "ended", ok: true, usd: 0 });
  expect(exit.code).toBe(0);
});

test("a rehearsal of a synthesis lists what the children handed in, and creates none", async () => {
  const children =
    "<task-a>\n- x\n</task-a>\n\n# What your children handed in\n\n#2 [complete] one\n\n#3 [failed] two";
  const { calls } = await rehearse(promptFor("synthesis", children));
  expect(calls).toEqual([
    { tool: "complete", result: expect.stringContaining("- #2 [complete] one\n- #3 [failed] two") },
  ]);
});

test("a rehearsal that is tried again does not create its children twice", async () => {
  const again = "<task-a>\n1. one\n2. two\n</task-a>\n\n# Children you already created\n\n#7 [complete] one";
  const { calls } = await rehearse(promptFor("work", again));
  expect(calls[0]).toMatchObject({ tool: "create", goal: "two", needs: ["#7"] });
});

test("a rehearsal without a daemon fails with the reason", async () => {
  const { events, exit } = await rehearse(promptFor("work", ""), "http://127.0.0.1:9/mcp");
  expect(events.at(-1)).toMatchObject({
    ok: false,
    text: expect.stringContaining("could not reach the daemon"),
  });
  expect(exit.code).toBe(1);
});

async function rehearse(prompt: string, mcpUrl?: string) {
  const daemon = startTreeStub();
  const events: AgentEvent[] = [];
  const ended = Promise.withResolvers<void>();
  const dir = temporaryDirectory("rehearsal");
  const attempt = startProcess({
    agent,
    launch: launchIn(join(dir, "attempt"), {
      prompt,
      cwd: dir,
      mcpUrl: mcpUrl ?? daemon.url,
      env: { ...process.env, CORD_REHEARSAL_MS: "1" },
    }),
    onEvent: (event) => {
      events.push(event);
      if (event.type === "ended") ended.resolve();
    },
    shimCommand: shimPath,
  });
  await ended.promise;
  attempt.closeStdin();
  const exit = await attempt.exited;
  await daemon.stop();
  return { calls: daemon.calls, events, exit };
}

/** An MCP server with the two tools of the tree that a rehearsal uses. */
function startTreeStub() {
  const calls: Record<string, unknown>[] = [];
  let last = 1;
  const serve = () => {
    const server = new McpServer({ name: "cord", version: "0" });
    const create = { goal: z.string(), prompt: z.string(), needs: z.array(z.string()) };
    server.registerTool("create", { inputSchema: create }, (args) => {
      calls.push({ tool: "create", ...args });
      return answer({ created: `#${++last}`, goal: args.goal });
    });
    server.registerTool("complete", { inputSchema: { result: z.string() } }, (args) => {
      calls.push({ tool: "complete", ...args });
      return answer({ completed: "#1" });
    });
    return server;
  };
  const http = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const own = proved(request, "node-token");
      if (own) return own;
      if (request.method !== "POST") return new Response(null, { status: 405 });
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
      await serve().connect(transport);
      return transport.handleRequest(request);
    },
  });
  return { calls, url: `http://127.0.0.1:${http.port}/mcp`, stop: () => http.stop(true) };
}

function answer(value: Record<string, unknown>) {
  return { structuredContent: value, content: [{ type: "text" as const, text: JSON.stringify(value) }] };
}
