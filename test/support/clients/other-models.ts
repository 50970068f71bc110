import { z } from "zod";

/**
 * A scripted model for the clients that are not Claude Code, in the wire forms they speak: OpenAI's Responses (Codex), chat
 * completions (opencode) and Gemini's generateContent. Facts of each form: what the programs were seen to send and take.
 */
export interface OtherModel extends AsyncDisposable {
  /** ends without a slash */
  url: string;
  /** what its model was asked, each as the JSON that came */
  asked: string[];
  /** what the script threw, if it did: the client sees only an error of its API */
  errors: string[];
}

/** What the model does next, given the results of all tools it has called so far, as the client shows them. */
export type OtherScript = (results: readonly string[]) => OtherTurn;
/** `isClients`: the tool is the client's own, and not one of cord's. */
export type OtherTurn = { call: string; args: object; isClients?: true } | { say: string };

interface Form {
  /** the texts of tool results in a request */
  results(body: unknown): string[];
  /** the name under which the client knows a tool of cord's */
  answer(turn: OtherTurn, count: number): Response;
}

export function startOtherModel(script: OtherScript): OtherModel {
  const errors: string[] = [];
  const asked: string[] = [];
  let count = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    reusePort: false,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      // Codex tries a WebSocket first, and goes on over HTTP at this answer only
      if (request.headers.get("upgrade") !== null) return new Response(null, { status: 426 });
      const form = formOf(pathname);
      const body: unknown = await request.json().catch(() => null);
      if (form === null) return Response.json({ error: { message: "no such path" } }, { status: 404 });
      // a request without tools is a side question, such as one for a title
      if (!hasTools(body)) return form.answer({ say: "a title" }, (count += 1));
      asked.push(JSON.stringify(body));
      try {
        return form.answer(script(form.results(body)), (count += 1));
      } catch (error) {
        errors.push(String(error));
        return form.answer({ say: "the script failed" }, (count += 1));
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked,
    errors,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

function formOf(path: string): Form | null {
  if (path.endsWith("/responses")) return responses;
  if (path.endsWith("/chat/completions")) return chat;
  return path.endsWith(":streamGenerateContent") ? gemini : null;
}

const WithTools = z.object({ tools: z.array(z.unknown()).min(1) });

function hasTools(body: unknown): boolean {
  return WithTools.safeParse(body).success;
}

const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

const responses: Form = {
  results(body) {
    const Item = z.object({ type: z.string().optional(), output: z.unknown().optional() });
    const { input } = z.object({ input: z.array(Item) }).parse(body);
    return input.flatMap(({ type, output }) => (type === "function_call_output" ? [textOf(output)] : []));
  },
  answer(turn, count) {
    const item =
      "say" in turn
        ? {
            type: "message",
            role: "assistant",
            id: `msg_${count}`,
            content: [{ type: "output_text", text: turn.say }],
          }
        : {
            type: "function_call",
            id: `fc_${count}`,
            call_id: `call_${count}`,
            ...(turn.isClients ? {} : { namespace: "mcp__cord" }),
            name: turn.call,
            arguments: JSON.stringify(turn.args),
          };
    const details = {
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    };
    const response = { id: `resp_${count}`, output: [item], usage: { ...usage, ...details } };
    return eventStream([
      { type: "response.created", response: { id: response.id } },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response },
    ]);
  },
};

const chat: Form = {
  results(body) {
    const Message = z.object({ role: z.string(), content: z.unknown() });
    const { messages } = z.object({ messages: z.array(Message) }).parse(body);
    return messages.flatMap(({ role, content }) => (role === "tool" ? [textOf(content)] : []));
  },
  answer(turn, count) {
    const base = { id: `chat_${count}`, object: "chat.completion.chunk", created: 1, model: "m" };
    const delta =
      "say" in turn
        ? { role: "assistant", content: turn.say }
        : {
            role: "assistant",
            tool_calls: [
              {
                index: 0,
                id: `call_${count}`,
                type: "function",
                function: { name: `cord_${turn.call}`, arguments: JSON.stringify(turn.args) },
              },
            ],
          };
    const finish_reason = "say" in turn ? "stop" : "tool_calls";
    return eventStream([
      { ...base, choices: [{ index: 0, delta }] },
      { ...base, choices: [{ index: 0, delta: {}, finish_reason }] },
      { ...base, choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } },
      "[DONE]",
    ]);
  },
};

const gemini: Form = {
  results(body) {
    const Part = z.object({ functionResponse: z.object({ response: z.unknown() }).optional() });
    const Content = z.object({ parts: z.array(Part) });
    const { contents } = z.object({ contents: z.array(Content) }).parse(body);
    return contents
      .flatMap(({ parts }) => parts)
      .flatMap(({ functionResponse }) => (functionResponse ? [textOf(functionResponse.response)] : []));
  },
  answer(turn) {
    // its CLI adds wait_for_previous to each tool's schema, and its model fills it in
    const args = "say" in turn ? {} : { ...turn.args, wait_for_previous: false };
    const part =
      "say" in turn ? { text: turn.say } : { functionCall: { name: `mcp_cord_${turn.call}`, args } };
    return eventStream([
      {
        candidates: [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }],
        usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
        modelVersion: "m",
      },
    ]);
  },
};

function eventStream(events: readonly (object | string)[]): Response {
  const lines = events.map((event) => {
    const type = typeof event === "object" && "type" in event ? `event: ${String(event.type)}\n` : "";
    return `${type}data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`;
  });
  return new Response(lines.join(""), { headers: { "content-type": "text/event-stream" } });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
