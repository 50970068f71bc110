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

/**
 * What the model does next, given the results of all tools it has called so far, as the client shows them, and the
 * conversation. A promise holds its answer back: the client is busy until then.
 */
export type OtherScript = (results: readonly string[], heard: Heard) => OtherTurn | Promise<OtherTurn>;
/** `isClients`: the tool is the client's own, and not one of cord's. Text as args: for a tool of Codex' that takes no JSON. */
export type OtherTurn = Called | { say: string };
type Called = { call: string; args: object | string; isClients?: true };

/** A conversation as its model is shown it. */
export interface Heard {
  /** the last that a person said, or what came to it in a person's place */
  prompt: string;
  /** the results of tools since then */
  results: readonly string[];
}

interface Part {
  from: "person" | "tool";
  text: string;
}

interface Form {
  /** the texts of a request that come from a person or a tool, in their order */
  parts(body: unknown): Part[];
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
      const body: unknown = await request.json().catch(() => null);
      const form = formOf(pathname, body);
      if (form === null) return Response.json({ error: { message: "no such path" } }, { status: 404 });
      if (isSideQuestion(form, body)) return form.answer({ say: "a title" }, (count += 1));
      asked.push(JSON.stringify(body));
      try {
        const parts = form.parts(body);
        const turn = await script(resultsOf(parts), heardOf(parts));
        return form.answer(turn, (count += 1));
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

function formOf(path: string, body: unknown): Form | null {
  if (path.endsWith("/responses")) return WithCode.safeParse(body).success ? inCode : responses;
  if (path.endsWith("/chat/completions")) return chat;
  return path.endsWith(":streamGenerateContent") ? gemini : null;
}

const WithTools = z.object({ tools: z.array(z.unknown()).min(1) });
/** The models of Codex that call tools only by a program of theirs are told of them in the conversation. */
const WithCode = z.object({
  input: z.tuple([z.object({ type: z.literal("additional_tools") })], z.unknown()),
});

/** One without tools, or Codex' for a title, which has tools but is no part of the conversation. */
function isSideQuestion(form: Form, body: unknown): boolean {
  if (form !== inCode && !WithTools.safeParse(body).success) return true;
  return heardOf(form.parts(body)).prompt.startsWith("Generate a concise, single-line task title");
}

function resultsOf(parts: readonly Part[]): string[] {
  return parts.flatMap(({ from, text }) => (from === "tool" ? [text] : []));
}

function heardOf(parts: readonly Part[]): Heard {
  const last = parts.findLastIndex(({ from }) => from === "person");
  return { prompt: parts[last]?.text ?? "", results: resultsOf(parts.slice(last + 1)) };
}

const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

const responses: Form = {
  parts(body) {
    const Item = z.object({
      type: z.string().optional(),
      role: z.string().optional(),
      content: z.unknown().optional(),
      output: z.unknown().optional(),
    });
    const { input } = z.object({ input: z.array(Item) }).parse(body);
    return input.flatMap(({ type, role, content, output }): Part[] => {
      if (type?.endsWith("_call_output") === true) return [{ from: "tool", text: textOf(output) }];
      return role === "user" ? [{ from: "person", text: textOf(content) }] : [];
    });
  },
  answer(turn, count) {
    const item = responseItem(turn, count);
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

/** The tool that it has takes a program, which calls the others. */
const inCode: Form = {
  parts: responses.parts,
  answer(turn, count) {
    if ("say" in turn) return responses.answer(turn, count);
    const called = `tools.${named(turn, "mcp__cord__")}(${JSON.stringify(turn.args)})`;
    const program = `text(await ${called}.catch((error) => "failed: " + error))`;
    return responses.answer({ call: "exec", args: program, isClients: true }, count);
  },
};

const chat: Form = {
  parts(body) {
    const Message = z.object({ role: z.string(), content: z.unknown() });
    const { messages } = z.object({ messages: z.array(Message) }).parse(body);
    return messages.flatMap(({ role, content }): Part[] => {
      if (role !== "tool" && role !== "user") return [];
      return [{ from: role === "tool" ? "tool" : "person", text: textOf(content) }];
    });
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
                function: { name: named(turn, "cord_"), arguments: JSON.stringify(turn.args) },
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
  parts(body) {
    const Said = z.object({
      text: z.string().optional(),
      functionResponse: z.object({ response: z.unknown() }).optional(),
    });
    const Content = z.object({ role: z.string(), parts: z.array(Said) });
    const { contents } = z.object({ contents: z.array(Content) }).parse(body);
    return contents.flatMap(({ role, parts }) =>
      parts.flatMap(({ text, functionResponse }): Part[] => {
        if (functionResponse !== undefined)
          return [{ from: "tool", text: textOf(functionResponse.response) }];
        return role === "user" && text !== undefined ? [{ from: "person", text }] : [];
      }),
    );
  },
  answer(turn) {
    // its CLI adds wait_for_previous to each tool's schema, and its model fills it in
    const args =
      "say" in turn || typeof turn.args === "string" ? {} : { ...turn.args, wait_for_previous: false };
    const part =
      "say" in turn ? { text: turn.say } : { functionCall: { name: named(turn, "mcp_cord_"), args } };
    return eventStream([
      {
        candidates: [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }],
        usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
        modelVersion: "m",
      },
    ]);
  },
};

function responseItem(turn: OtherTurn, count: number): object {
  if ("say" in turn) {
    const content = [{ type: "output_text", text: turn.say }];
    return { type: "message", role: "assistant", id: `msg_${count}`, content };
  }
  const { call, args, isClients } = turn;
  const item = { id: `fc_${count}`, call_id: `call_${count}`, name: call };
  if (typeof args === "string") return { ...item, type: "custom_tool_call", input: args };
  const whose = isClients === true ? {} : { namespace: "mcp__cord" };
  return { ...item, ...whose, type: "function_call", arguments: JSON.stringify(args) };
}

function named({ call, isClients }: Called, prefix: string): string {
  return isClients === true ? call : `${prefix}${call}`;
}

function eventStream(events: readonly (object | string)[]): Response {
  const lines = events.map((event) => {
    const type = typeof event === "object" && "type" in event ? `event: ${String(event.type)}\n` : "";
    return `${type}data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`;
  });
  return new Response(lines.join(""), { headers: { "content-type": "text/event-stream" } });
}

/** Some clients give a text as a list of parts. */
function textOf(value: unknown): string {
  const parts = Texts.safeParse(value).data;
  if (parts !== undefined) return parts.map(({ text }) => text).join("\n");
  return typeof value === "string" ? value : JSON.stringify(value);
}

const Texts = z.array(z.object({ text: z.string() }));
