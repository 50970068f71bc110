import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { version } from "../../core/version.ts";
import type { PreparedCall } from "../../operations/operation.ts";
import type { Call, Method, Methods } from "../dispatch.ts";
import type { Client } from "./client.ts";
import type { Era } from "./era.ts";
import { latestVersion, parameters, protocolVersions, type InitializeResult } from "./protocol.ts";

/** The methods of MCP up to 2025-11-25. */
export const methods: Methods<Client> = new Map([
  [
    "initialize",
    method(
      parameters.initialize,
      (_, { protocolVersion }) => atOnce(() => welcome(protocolVersion)),
      "initialize takes protocolVersion, capabilities and clientInfo.",
    ),
  ],
  ["ping", method(parameters.ping, () => atOnce(() => ({})))],
  [
    "tools/list",
    method(parameters["tools/list"], (client) => atOnce(async () => ({ tools: await client.tools() }))),
  ],
  [
    "tools/call",
    method(
      parameters["tools/call"],
      (client, { name, arguments: args = {} }) => client.callTool({ name, args }),
      "tools/call takes the name of a tool, and its arguments by name, in an object.",
    ),
  ],
]);

export const notifications: Era["notifications"] = new Map([
  [
    "notifications/cancelled",
    (client, params) => client.calls.cancel(Cancelled.safeParse(params).data?.requestId),
  ],
]);

/** Not the SDK's: an id may be any number. */
const Cancelled = z.object({ requestId: z.unknown() });

/** The version that the client asks for, if it is spoken here. Source: MCP 2025-11-25, "Lifecycle". */
function welcome(asked: string): InitializeResult {
  const protocolVersion = protocolVersions.includes(asked) ? asked : latestVersion;
  return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "cord", version } };
}

/** A method whose parameters have to fit the SDK's schema; `misfit` is said to whose do not. */
function method<Params extends z.ZodType>(
  schema: Params,
  prepare: (client: Client, params: z.output<Params>, call: Call) => PreparedCall,
  misfit = "The parameters do not fit this method of MCP.",
): Method<Client> {
  return (client, call) => {
    const { data, success } = schema.safeParse(call.params);
    if (!success) throw new CordError("invalid", misfit);
    return prepare(client, data, call);
  };
}

function atOnce(answer: () => unknown): PreparedCall {
  return { holdsOpenMs: 0, perform: async () => answer() };
}
