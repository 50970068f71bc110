import { CordError, errors } from "../../../core/error.ts";
import { isJsonObject } from "../../../core/json.ts";
import { unexpected } from "../../dispatch.ts";
import type { Client } from "../client.ts";
import { serverInfo } from "../instructions.ts";
import { capabilitiesOf, noResource } from "../methods.ts";
import type { PreparedTool, ToolCall } from "../tools.ts";
import { isTool, ProtocolError, Server, type ServerOptions } from "./protocol.ts";

/** Runs a call of a tool that has been read. */
export type PerformTool = (call: PreparedTool, signal: AbortSignal) => ReturnType<PreparedTool["perform"]>;

/** Serves one request of a client: the SDK reads it and checks it, and what there is comes from the client's catalogue. */
export function serverFor(client: Client, message: unknown, perform: PerformTool): Server {
  const instructions = client.instructions();
  const capabilities = capabilitiesOf(client, true);
  const own = instructions === null ? { capabilities } : { capabilities, instructions };
  const server = new Server(serverInfo, { ...options, ...own });
  server.setRequestHandler("tools/list", () =>
    knownly(async () => {
      const tools: readonly unknown[] = await client.tools();
      return { tools: tools.filter(isTool) };
    }),
  );
  server.setRequestHandler("tools/call", (_, { mcpReq }) =>
    knownly(async () => perform(client.callTool(callIn(message)), mcpReq.signal)),
  );
  server.setRequestHandler("resources/list", () => ({ resources: [...client.resources()] }));
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: [...client.resourceTemplates()],
  }));
  server.setRequestHandler("resources/read", ({ params: { uri } }, { mcpReq }) =>
    knownly(async () => (await client.readResource(uri, mcpReq.signal)) ?? noResource(uri)),
  );
  server.setRequestHandler("completion/complete", ({ params: { ref, argument } }) =>
    knownly(async () => ({ completion: await client.complete(ref, argument) })),
  );
  if (!capabilities.prompts) return server;
  server.setRequestHandler("prompts/list", () => ({ prompts: [...client.prompts()] }));
  server.setRequestHandler("prompts/get", ({ params: { name, arguments: args = {} } }) =>
    knownly(() => client.getPrompt(name, args)),
  );
  return server;
}

/** What a call of a tool says, as it was written: the SDK's reading of it knows no number that JavaScript would round. */
function callIn(message: unknown): ToolCall {
  const params = isJsonObject(message) ? message["params"] : undefined;
  const { name, arguments: args } = isJsonObject(params) ? params : {};
  return { name: String(name), args: isJsonObject(args) ? args : {} };
}

/** Does a request's work. What is refused is the request's error; of a defect the caller learns only that there was one. */
async function knownly<Given>(work: () => Promise<Given>): Promise<Given> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    const { code, message, data } = error instanceof CordError ? error : unexpected(error);
    // what was -32002 before
    const known = code === "no_resource" ? "invalid" : code;
    throw new ProtocolError(errors[known].rpc, message, { ...data, code });
  }
}

/** The lists are the same while a daemon lives; a resource is what it is when it is read. All of it is the caller's own. */
const listed = { ttlMs: 60_000, cacheScope: "private" } as const;

const options: ServerOptions = {
  cacheHints: {
    "server/discover": listed,
    "tools/list": listed,
    "resources/list": listed,
    "resources/templates/list": listed,
    "prompts/list": listed,
    "resources/read": { ttlMs: 0, cacheScope: "private" },
  },
  // for what a client is asked: it never is
  jsonSchemaValidator: {
    getValidator: () => () => ({ valid: false, data: undefined, errorMessage: "Nothing is asked here." }),
  },
};
