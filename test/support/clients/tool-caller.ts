import { z } from "zod";
import { rpcCall, type RpcClient } from "../rpc.ts";
import { runOptions } from "../run-options.ts";

/** Calls of tools over HTTP, as no well-behaved client makes them. */
export interface ToolCaller {
  /** All that a call is told, whether it is done or refused. */
  call(name: unknown, args?: unknown): Promise<Told>;
  /** A request of MCP, and its answer. */
  ask(method: string, params: unknown): Promise<unknown>;
}

export interface Told {
  isError: boolean;
  text: string;
  value: Record<string, unknown>;
}

/** A tab of the board. The headers are what its bridge says with each request. */
export async function tabCaller(
  daemon: RpcClient,
  headers: Record<string, string> = {},
): Promise<ToolCaller> {
  const opened = await post(daemon, daemon.token, headers, rpcCall("initialize", hello));
  const session = opened.headers.get("mcp-session-id") ?? "";
  await opened.text();
  return callerFor(daemon, daemon.token, { ...headers, "mcp-session-id": session });
}

/** The root of a new run, which its engine has claimed. */
export async function rootCaller(daemon: RpcClient): Promise<ToolCaller & { run: string; token: string }> {
  const { result } = Created.parse(await daemon.rpc("runs/create", { goal: "goal", options: runOptions }));
  const claim = { run_id: result.run_id, engine: "engine", limit: 1 };
  const { nodes } = Claimed.parse(await daemon.rpc("nodes/claim", claim)).result;
  const token = nodes[0]?.token ?? "";
  return { ...callerFor(daemon, token, {}), run: result.run_id, token };
}

const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
const Created = z.object({ result: z.object({ run_id: z.string() }) });
const Claimed = z.object({ result: z.object({ nodes: z.array(z.object({ token: z.string() })) }) });
const Answered = z.object({
  result: z.object({
    isError: z.boolean().default(false),
    content: z.array(z.object({ text: z.string() })),
    structuredContent: z.record(z.string(), z.unknown()).default({}),
  }),
});

function callerFor(daemon: RpcClient, token: string, headers: Record<string, string>): ToolCaller {
  const ask = async (method: string, params: unknown): Promise<unknown> =>
    (await post(daemon, token, headers, rpcCall(method, params))).json();
  return {
    ask,
    async call(name, args) {
      const { result } = Answered.parse(
        await ask("tools/call", { name, ...(args === undefined ? {} : { arguments: args }) }),
      );
      const text = result.content.map((part) => part.text).join("\n");
      return { isError: result.isError, text, value: result.structuredContent };
    },
  };
}

function post(
  daemon: RpcClient,
  token: string,
  headers: Record<string, string>,
  body: object,
): Promise<Response> {
  return fetch(`${daemon.url}mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json",
      ...headers,
    },
    body: JSON.stringify(body),
  });
}
