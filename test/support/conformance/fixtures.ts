import { CordError } from "../../../src/core/error.ts";
import { isJsonObject } from "../../../src/core/json.ts";
import type { Client } from "../../../src/server/mcp/client.ts";
import type { Catalogue } from "../../../src/server/mcp/features.ts";
import type { CallToolResult, GetPromptResult, Tool } from "../../../src/server/mcp/protocol.ts";
import type { PreparedTool } from "../../../src/server/mcp/tools.ts";
import { inputRequiredTools, promptThatAsks, type Given } from "./input-required.ts";

/** What MCP's conformance suite wants a server to have, to be tried by: its tools, resources and prompts. */

export function fixtureClient(body: unknown): Client {
  return {
    ...fixtures(body),
    subscriptions: { add: async () => true, remove() {} },
    calls: { during: (_, signal, call) => call(signal), cancel() {} },
    headers: () => ({}),
  };
}

/** `body`: the request's. Some answers depend on what its client can do, or has been asked before. */
export function fixtures(body: unknown): Catalogue {
  const given = givenIn(body);
  const answers = { ...plainTools, ...inputRequiredTools };
  return {
    instructions: () => null,
    tools: () => Object.keys(answers).map(toolOf),
    callTool: ({ name }) => {
      const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
      if (answer === undefined) throw new CordError("invalid", `There is no tool ${name}.`);
      return name === "test_tool_with_progress" ? slowly(answer(given)) : atOnce(() => answer(given));
    },
    resources: () => [
      { uri: "test://static-text", name: "static-text", description: "A text.", mimeType: "text/plain" },
      { uri: "test://static-binary", name: "static-binary", description: "An image.", mimeType: "image/png" },
      {
        uri: "test://watched-resource",
        name: "watched-resource",
        description: "It changes.",
        mimeType: "text/plain",
      },
    ],
    resourceTemplates: () => [
      { uriTemplate: "test://template/{id}/data", name: "template", mimeType: "application/json" },
    ],
    async readResource(uri) {
      const contents = contentsOf(uri);
      return contents && { contents: [{ uri, ...contents }] };
    },
    watch: async (uri) => (contentsOf(uri) === null ? null : () => {}),
    prompts: () => prompts,
    getPrompt: async (name, args) => promptOf(name, args, given),
    complete: async () => ({ values: [], total: 0, hasMore: false }),
  };
}

/** What the request brings beside the name: what the client can do, and its answers to what it was asked for. */
function givenIn(body: unknown): Given {
  const params = isJsonObject(body) ? body["params"] : undefined;
  const { _meta: meta, inputResponses, requestState } = isJsonObject(params) ? params : {};
  const capabilities = isJsonObject(meta) ? meta["io.modelcontextprotocol/clientCapabilities"] : undefined;
  return {
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    responses: isJsonObject(inputResponses) ? inputResponses : {},
    state: typeof requestState === "string" ? requestState : null,
  };
}

function toolOf(name: string): Tool {
  return { name, description: `The suite's ${name}.`, inputSchema: { type: "object" } };
}

function atOnce(answer: () => CallToolResult): PreparedTool {
  return { holdsOpenMs: 0, perform: async () => answer() };
}

/** As long as it takes to tell three times that it is not done. */
function slowly(answer: CallToolResult): PreparedTool {
  return {
    holdsOpenMs: 60_000,
    waitsFor: () => "the suite to have heard enough",
    perform: async () => Bun.sleep(signsOfLife * everyMs).then(() => answer),
  };
}

/** Between two signs of life of a call that waits, for the endpoint under test. */
export const everyMs = 20;
const signsOfLife = 6;

const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/** Of no sample. */
const sound = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

const text = (said: string) => ({ type: "text" as const, text: said });
const image = { type: "image" as const, data: pixel, mimeType: "image/png" };
const resource = (uri: string, mimeType: string, said: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType, text: said },
});

const plainTools: Record<string, (given: Given) => CallToolResult> = {
  test_simple_text: () => ({ content: [text("This is a simple text response for testing.")] }),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: "audio", data: sound, mimeType: "audio/wav" }] }),
  test_embedded_resource: () => ({
    content: [resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
  }),
  test_multiple_content_types: () => ({
    content: [
      text("Multiple content types test:"),
      image,
      resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  }),
  test_error_handling: () => ({
    isError: true,
    content: [text("This tool intentionally returns an error for testing")],
  }),
  test_tool_with_progress: () => ({ content: [text("It is done.")] }),
  test_logging_tool: () => ({ content: [text("Nothing is logged.")] }),
};

function contentsOf(
  uri: string,
): { mimeType: string; text: string } | { mimeType: string; blob: string } | null {
  const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
  if (id !== undefined) {
    const data = { id, templateTest: true, data: `Data for ID: ${id}` };
    return { mimeType: "application/json", text: JSON.stringify(data) };
  }
  if (uri === "test://static-text")
    return { mimeType: "text/plain", text: "This is the content of the static text resource." };
  if (uri === "test://watched-resource") return { mimeType: "text/plain", text: "Watched." };
  return uri === "test://static-binary" ? { mimeType: "image/png", blob: pixel } : null;
}

const argument = (name: string) => ({ name, description: "It is put into the prompt.", required: true });

const prompts = [
  { name: "test_simple_prompt", description: "A text." },
  {
    name: "test_prompt_with_arguments",
    description: "Two arguments.",
    arguments: ["arg1", "arg2"].map(argument),
  },
  {
    name: "test_prompt_with_embedded_resource",
    description: "A resource.",
    arguments: [argument("resourceUri")],
  },
  { name: "test_prompt_with_image", description: "An image." },
  { name: "test_input_required_result_prompt", description: "It asks first." },
];

function promptOf(name: string, args: Readonly<Record<string, string>>, given: Given): GetPromptResult {
  const { arg1 = "", arg2 = "", resourceUri = "" } = args;
  if (name === "test_simple_prompt") return said(text("This is a simple prompt for testing."));
  if (name === "test_prompt_with_arguments")
    return said(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`));
  if (name === "test_prompt_with_embedded_resource")
    return said(
      resource(resourceUri, "text/plain", "Embedded resource content for testing."),
      text("Please process the embedded resource above."),
    );
  if (name === "test_prompt_with_image") return said(image, text("Please analyze the image above."));
  if (name === "test_input_required_result_prompt") return promptThatAsks(given);
  throw new CordError("invalid", `There is no prompt ${name}.`);
}

function said(...contents: GetPromptResult["messages"][number]["content"][]): GetPromptResult {
  return { messages: contents.map((content) => ({ role: "user", content })) };
}
