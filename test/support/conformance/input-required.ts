import { CordError } from "../../../src/core/error.ts";
import { isJsonObject } from "../../../src/core/json.ts";
import type { CallToolResult, GetPromptResult } from "../../../src/server/mcp/protocol.ts";

/**
 * The suite's tools, and a prompt, that ask the client for something before they answer. cord has none that does; the endpoint
 * lets through what a catalogue asks. Source: MCP 2026-07-28, "Multi Round-Trip Requests".
 */

/** What a request brings beside a name. */
export interface Given {
  capabilities: Record<string, unknown>;
  responses: Record<string, unknown>;
  /** what the client was asked to send back */
  state: string | null;
}

const schemaOf = (name: string, type = "string") => ({
  type: "object",
  properties: { [name]: { type } },
  required: [name],
});
const elicit = (message: string, name: string, type?: string) => ({
  method: "elicitation/create",
  params: { mode: "form", message, requestedSchema: schemaOf(name, type) },
});
const sample = (question: string) => ({
  method: "sampling/createMessage",
  params: { messages: [{ role: "user", content: { type: "text", text: question } }], maxTokens: 100 },
});
const roots = { method: "roots/list", params: {} };

function ask(inputRequests: Record<string, object>, requestState?: string): CallToolResult {
  const state = requestState === undefined ? {} : { requestState };
  // the tool's own result has contents always, and none here
  return { content: [], resultType: "input_required", inputRequests, ...state };
}

const say = (said: string): CallToolResult => ({ content: [{ type: "text", text: said }] });

/** Whether all of these were answered, each by an object. */
function answered({ responses }: Given, ...names: string[]): boolean {
  return names.every((name) => isJsonObject(responses[name]));
}

export const inputRequiredTools: Record<string, (given: Given) => CallToolResult> = {
  test_input_required_result_elicitation: (given) =>
    answered(given, "user_name") ? say("Hello!") : ask({ user_name: elicit("What is your name?", "name") }),
  test_input_required_result_sampling: (given) =>
    answered(given, "capital_question")
      ? say("It was answered.")
      : ask({ capital_question: sample("What is the capital of France?") }),
  test_input_required_result_list_roots: (given) =>
    answered(given, "client_roots") ? say("They were listed.") : ask({ client_roots: roots }),
  test_input_required_result_request_state: (given) =>
    answered(given, "confirm") && given.state === "asked"
      ? say("state-ok")
      : ask({ confirm: elicit("Please confirm", "ok", "boolean") }, "asked"),
  test_input_required_result_multiple_inputs: (given) =>
    answered(given, "user_name", "greeting", "client_roots")
      ? say("All of it.")
      : ask(
          {
            user_name: elicit("What is your name?", "name"),
            greeting: sample("Generate a greeting"),
            client_roots: roots,
          },
          "asked",
        ),
  test_input_required_result_multi_round: (given) => {
    if (given.state === "second" && answered(given, "step2")) return say("Both steps.");
    return given.state === "first" && answered(given, "step1")
      ? ask({ step2: elicit("Step 2: What is your favorite color?", "color") }, "second")
      : ask({ step1: elicit("Step 1: What is your name?", "name") }, "first");
  },
  test_input_required_result_tampered_state: (given) => {
    if (given.state !== null && given.state !== "sealed")
      throw new CordError("invalid", "This state was changed on its way.");
    return answered(given, "confirm")
      ? say("state-ok")
      : ask({ confirm: elicit("Please confirm", "ok", "boolean") }, "sealed");
  },
  test_input_required_result_capabilities: ({ capabilities }) =>
    ask({
      ...("sampling" in capabilities ? { question: sample("What is it?") } : {}),
      ...("elicitation" in capabilities ? { name: elicit("What is your name?", "name") } : {}),
    }),
  test_streaming_elicitation: () => ask({ user_name: elicit("What is your name?", "name") }),
  test_missing_capability: () => ask({ question: sample("What is it?") }),
};

export function promptThatAsks(given: Given): GetPromptResult {
  if (!answered(given, "user_context"))
    return {
      messages: [],
      resultType: "input_required",
      inputRequests: { user_context: elicit("What context should the prompt use?", "context") },
    };
  return { messages: [{ role: "user", content: { type: "text", text: "Use it." } }] };
}
