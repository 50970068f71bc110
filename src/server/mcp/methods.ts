import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { beginningOf, plain } from "../../core/text.ts";
import type { PreparedCall } from "../../operations/operation.ts";
import type { Method } from "../dispatch.ts";
import type { Client } from "./client.ts";
import type { Era } from "./era.ts";
import { serverInfo } from "./instructions.ts";
import { latestVersion, parameters, protocolVersions, type InitializeResult } from "./protocol.ts";
import { maxUriLength } from "./resource-uri.ts";

const misfitUri = "It takes the URI of a resource, uri.";

/** A method that says for itself why parameters do not fit it; null: they do. */
type CheckedMethod = Method<Client> & { misfitOf(params: unknown): string | null };

/** The methods of MCP up to 2025-11-25. */
export const methods: ReadonlyMap<string, CheckedMethod> = new Map([
  [
    "initialize",
    method(
      parameters.initialize,
      (client, { protocolVersion }) => atOnce(() => welcome(client, protocolVersion)),
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
  [
    "resources/list",
    method(parameters["resources/list"], (client) => atOnce(() => ({ resources: client.resources() }))),
  ],
  [
    "resources/templates/list",
    method(parameters["resources/templates/list"], (client) =>
      atOnce(() => ({ resourceTemplates: client.resourceTemplates() })),
    ),
  ],
  [
    "resources/read",
    method(
      parameters["resources/read"],
      (client, { uri }) => ({
        holdsOpenMs: 0,
        perform: async (signal) => (await client.readResource(uri, signal)) ?? noResource(uri),
      }),
      misfitUri,
    ),
  ],
  [
    "resources/subscribe",
    method(
      parameters["resources/subscribe"],
      (client, { uri }) =>
        atOnce(async () => ((await subscriptionsOf(client).add(uri)) ? {} : noResource(uri))),
      misfitUri,
    ),
  ],
  [
    "resources/unsubscribe",
    method(
      parameters["resources/unsubscribe"],
      (client, { uri }) =>
        atOnce(() => {
          subscriptionsOf(client).remove(uri);
          return {};
        }),
      misfitUri,
    ),
  ],
  [
    "prompts/list",
    method(parameters["prompts/list"], (client) => atOnce(() => ({ prompts: client.prompts() }))),
  ],
  [
    "prompts/get",
    method(
      parameters["prompts/get"],
      (client, { name, arguments: args = {} }) => atOnce(() => client.getPrompt(name, args)),
      "prompts/get takes the name of a prompt, and its arguments by name, each a text.",
    ),
  ],
  [
    "completion/complete",
    method(
      parameters["completion/complete"],
      (client, { ref, argument }) =>
        atOnce(async () => ({ completion: await client.complete(ref, argument) })),
      "completion/complete takes ref, a prompt or a template, and argument, its name and value.",
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

/** Source: MCP 2025-11-25, "Resources", error handling. */
export function noResource(uri: string): never {
  const named = beginningOf(uri, maxUriLength);
  throw new CordError(
    "no_resource",
    `There is no resource ${plain(named)}. resources/list and resources/templates/list say which there are.`,
    { data: { uri: named } },
  );
}

function subscriptionsOf({ subscriptions }: Client): NonNullable<Client["subscriptions"]> {
  if (subscriptions) return subscriptions;
  throw new CordError("unknown_method", "An agent of a run has no session, and so no subscriptions.");
}

/** The version that the client asks for, if it is spoken here. Source: MCP 2025-11-25, "Lifecycle". */
function welcome(client: Client, asked: string): InitializeResult {
  const protocolVersion = protocolVersions.includes(asked) ? asked : latestVersion;
  const instructions = client.instructions();
  return {
    protocolVersion,
    capabilities: capabilitiesOf(client),
    serverInfo,
    ...(instructions === null ? {} : { instructions }),
  };
}

/** `isTold`: whether the client can be told of changes. */
export function capabilitiesOf(client: Client, isTold = client.subscriptions !== null) {
  return {
    tools: {},
    resources: isTold ? { subscribe: true } : {},
    ...(client.prompts().length === 0 ? {} : { prompts: {} }),
    completions: {},
  };
}

/** A method whose parameters have to fit the SDK's schema; `misfit` is said to whose do not. */
function method<Params extends z.ZodType>(
  schema: Params,
  prepare: (client: Client, params: z.output<Params>) => PreparedCall,
  misfit = "The parameters do not fit this method of MCP.",
): CheckedMethod {
  const perform: Method<Client> = (client, { params }) => {
    const { data, success } = schema.safeParse(params);
    if (!success) throw new CordError("invalid", misfit);
    return prepare(client, data);
  };
  return Object.assign(perform, {
    misfitOf: (params: unknown) => (schema.safeParse(params).success ? null : misfit),
  });
}

function atOnce(answer: () => unknown): PreparedCall {
  return { holdsOpenMs: 0, perform: async () => answer() };
}
