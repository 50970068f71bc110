import type { Cut, Hung, Refused, Spoken } from "./reply.ts";

/** The shapes of the Messages API's answers: server-sent events, one JSON message, an error. */

/** What an answer is called, and by whom it is given. */
interface Given {
  id: string;
  model: string;
}

/** An answer as a stream. `ended` is called once all of it is written; a hung one ends with the agent. */
export function streamResponse(
  given: Given,
  reply: Spoken | Hung | Cut,
  signal: AbortSignal,
  ended: () => void,
): Response {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (type: string, fields: object) =>
        controller.enqueue(
          encoder.encode(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`),
        );
      if ("hang" in reply) {
        send("message_start", { message: { ...message(given, {}), stop_reason: null } });
        signal.addEventListener("abort", () => controller.close(), { once: true });
        return;
      }
      if ("cut" in reply) {
        let left = 3;
        for await (const [type, fields] of events(given, { text: reply.cut }))
          if (left-- > 0) send(type, fields);
        ended();
        return controller.close();
      }
      for await (const [type, fields] of events(given, reply)) send(type, fields);
      ended();
      controller.close();
    },
    cancel: ended,
  });
  const more = "headers" in reply ? reply.headers : {};
  return new Response(stream, { headers: { ...headers("text/event-stream"), ...more } });
}

/** The same answer to a request that did not ask for a stream. A hung one never comes. */
export async function jsonResponse(
  given: Given,
  reply: Spoken | Hung | Cut,
  ended: () => void,
): Promise<Response> {
  if ("hang" in reply) return new Promise<Response>(() => {});
  ended();
  if ("cut" in reply) return new Response('{"type":"mess', { headers: headers("application/json") });
  return Response.json({ ...message(given, reply), content: contentOf(reply) }, { headers: headers() });
}

export function errorResponse({
  status,
  type,
  message,
  retryAfterSeconds,
  headers: more,
}: Refused["error"]): Response {
  const error = {
    type: type ?? errorTypes[status] ?? "api_error",
    message: message ?? `Scripted ${status}`,
  };
  const init = { ...headers(), ...more };
  if (retryAfterSeconds !== undefined) init["retry-after"] = String(retryAfterSeconds);
  return Response.json({ type: "error", error, request_id: init["request-id"] }, { status, headers: init });
}

/** A plausible count: four characters a token. */
export function countTokens(body: string): Response {
  return Response.json({ input_tokens: Math.ceil(body.length / 4) });
}

/** The API's own words for its statuses. */
const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

export const defaultUsage = { input_tokens: 100, output_tokens: 20 };

function headers(contentType?: string): Record<string, string> {
  const id = { "request-id": `req_${crypto.randomUUID()}` };
  return contentType === undefined ? id : { ...id, "content-type": contentType };
}

function message({ id, model }: Given, reply: Spoken): object {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: stopReason(reply),
    stop_sequence: null,
    usage: reply.usage ?? defaultUsage,
  };
}

function stopReason(reply: Spoken): string {
  if (reply.stopReason !== undefined) return reply.stopReason;
  return (reply.tools ?? []).length === 0 ? "end_turn" : "tool_use";
}

type Content = { type: "text"; text: string } | { type: "tool_use"; id: string; name: string; input: object };

/** A reply of nothing is an empty text: the API never sends a message without content here. */
function contentOf({ text, tools = [] }: Spoken): Content[] {
  const used = tools.map(({ name, input }): Content => ({
    type: "tool_use",
    id: `toolu_${crypto.randomUUID()}`,
    name,
    input,
  }));
  return text === undefined && used.length > 0 ? used : [{ type: "text", text: text ?? "" }, ...used];
}

async function* events(given: Given, reply: Spoken): AsyncGenerator<[type: string, fields: object]> {
  const usage = reply.usage ?? defaultUsage;
  const start = { ...message(given, reply), stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  yield ["message_start", { message: start }];
  const content = contentOf(reply);
  const waits = [...content.map(() => undefined), ...(reply.tools ?? []).map(({ after }) => after)];
  for (const [index, block] of content.entries()) {
    await waits.at(index - content.length);
    const empty = block.type === "text" ? { ...block, text: "" } : { ...block, input: {} };
    yield ["content_block_start", { index, content_block: empty }];
    yield ["content_block_delta", { index, delta: deltaOf(block) }];
    yield ["content_block_stop", { index }];
  }
  yield [
    "message_delta",
    {
      delta: { stop_reason: stopReason(reply), stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    },
  ];
  yield ["message_stop", {}];
}

function deltaOf(block: Content): object {
  return block.type === "text"
    ? { type: "text_delta", text: block.text }
    : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
}
