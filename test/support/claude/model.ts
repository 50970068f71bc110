import { z } from "zod";
import type { Refused, Reply, Spoken, Usage } from "./reply.ts";
import { countTokens, defaultUsage, errorResponse, jsonResponse, streamResponse } from "./model-stream.ts";

/**
 * A scripted Anthropic Messages API on loopback: the real Claude Code runs against it with no account and no network.
 * The test scripts the model; the agent is the real one.
 */

/** What the model is asked: one request of an agent's conversation. */
export interface Turn {
  /** "#3", from the last message that holds a prompt of cord's; null where none does */
  node: string | null;
  phase: "work" | "synthesis" | null;
  /** what stands before the conversation: the agent's own words, and what its servers want it to know */
  system: string;
  /** text of the first user message, whole, with what the agent put around it */
  prompt: string;
  messages: readonly Message[];
  /** names, as the model is given them */
  tools: readonly string[];
  /** assistant turns that the conversation already has: 0 for the first request */
  step: number;
  /** the same, since the last prompt of cord's: a resumed session begins at 0 again */
  stepSincePrompt: number;
  /** the tool results of the latest user message */
  lastResults: readonly ToolResult[];
  /** what the agent was told since that prompt, in the teller's own words; reminders and results are left out */
  said: readonly string[];
  /** the session's id, where the agent tells it */
  session: string | null;
  model: string;
  /** the texts of the conversation that the API is to keep in its cache, each with all before it */
  cached: readonly string[];
  /** how many places in all it is asked to, of the four that it takes */
  cacheMarks: number;
  /** aborted when the agent hangs up */
  signal: AbortSignal;
}

export interface ToolResult {
  tool_use_id: string;
  text: string;
  isError: boolean;
}

/** What one answer costs who pays for the account, whether its agent has lived to read it or not. */
export interface Charge {
  /** of the message, as the agent prints it */
  message: string;
  node: string | null;
  usage: Usage;
}

export type Script = (turn: Turn) => Reply | Promise<Reply>;

/** A turn, with when it came and when its answer had been given or the agent had gone (performance.now()). */
export interface Recorded extends Turn {
  startedAt: number;
  endedAt: number | null;
}

export interface Model {
  url: string;
  /** the turns that the script was asked, in order of arrival */
  requests: readonly Recorded[];
  /** of the answers that were begun; what is asked beside the conversation costs nothing */
  charges: readonly Charge[];
  /** what the agent asked beside its conversation, such as for a title; answered without the script */
  auxiliary: readonly Recorded[];
  /** what the script threw: a test that fails strangely looks here first */
  scriptErrors: readonly unknown[];
  /** the nodes that are in a request right now */
  running(): Set<string>;
  /** Resolves with the first turn, past or future, that matches. Rejects when the model is stopped before. */
  waitFor(predicate: (turn: Recorded) => boolean): Promise<Recorded>;
  stop(): Promise<void>;
}

export interface ModelOptions {
  /** finds the node in a prompt; its first group is the name */
  nodePattern?: RegExp;
}

/** Says something and ends the turn. */
export function say(text: string, usage?: Usage): Spoken {
  return usage === undefined ? { text } : { text, usage };
}

/** Calls one tool. A bare lower-case name is one of cord's: "create" is "mcp__cord__create". */
export function call(name: string, input: object = {}, usage?: Usage): Spoken {
  return calls([[name, input]], usage);
}

/** A first answer, before a script holds or hangs: siblings that start together wait some seconds for the first of them to have one. */
export const looks: Spoken = call("tree");

/** Calls several tools in one turn. */
export function calls(all: readonly (readonly [name: string, input: object])[], usage?: Usage): Spoken {
  const tools = all.map(([name, input]) => ({ name: toolName(name), input }));
  return usage === undefined ? { tools } : { tools, usage };
}

/** An API error, as the real API words it; Claude Code retries most of them. */
export function apiError(status: number, retryAfterSeconds?: number): Refused {
  return { error: retryAfterSeconds === undefined ? { status } : { status, retryAfterSeconds } };
}

/** Holds a reply until the test lets it go: the script awaits `opened`, the test calls open(). */
export function gate(): { open(): void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: () => resolve(), opened: promise };
}

/** Starts the model on 127.0.0.1 and a free port. Stop it when the test ends. */
export async function startModel(script: Script, options: ModelOptions = {}): Promise<Model> {
  const pattern = options.nodePattern ?? nodePattern;
  const requests: Recorded[] = [];
  const auxiliary: Recorded[] = [];
  const charges: Charge[] = [];
  const scriptErrors: unknown[] = [];
  const waiters = new Set<Waiter>();

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (request.method !== "POST") return new Response(null, { status: 404 });
      if (pathname === "/v1/messages/count_tokens") return countTokens(await request.text());
      if (pathname !== "/v1/messages") return errorResponse({ status: 404 });
      const parsed = Body.safeParse(await request.json());
      if (!parsed.success) return errorResponse({ status: 400, message: z.prettifyError(parsed.error) });
      return answer(parsed.data, request.signal);
    },
  });

  async function answer(body: Body, signal: AbortSignal): Promise<Response> {
    const turn: Recorded = {
      ...turnOf(body, pattern, signal),
      startedAt: performance.now(),
      endedAt: null,
    };
    const ended = () => {
      turn.endedAt ??= performance.now();
    };
    signal.addEventListener("abort", ended);
    const beside = isAuxiliary(turn);
    (beside ? auxiliary : requests).push(turn);
    if (!beside) for (const waiter of waiters) waiter.see(turn);
    const reply = beside ? auxiliaryReply : await scripted(turn);
    if ("error" in reply) {
      ended();
      return errorResponse(reply.error);
    }
    const message = { id: `msg_${crypto.randomUUID()}`, model: body.model };
    const isSpoken = !("hang" in reply || "cut" in reply);
    if (!beside && isSpoken && !signal.aborted)
      charges.push({ message: message.id, node: turn.node, usage: reply.usage ?? defaultUsage });
    return body.stream === true
      ? streamResponse(message, reply, signal, ended)
      : jsonResponse(message, reply, ended);
  }

  /** A script that throws is a mistake of the test's: it ends the attempt, since a 400 is never retried. */
  async function scripted(turn: Recorded): Promise<Reply> {
    try {
      return await script(turn);
    } catch (thrown) {
      scriptErrors.push(thrown);
      return { error: { status: 400, message: `The test's script threw: ${String(thrown)}` } };
    }
  }

  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    charges,
    auxiliary,
    scriptErrors,
    running: () =>
      new Set(requests.flatMap((turn) => (turn.endedAt === null && turn.node !== null ? [turn.node] : []))),
    waitFor(predicate) {
      const seen = requests.find(predicate);
      return seen === undefined ? next(waiters, predicate) : Promise.resolve(seen);
    },
    async stop() {
      for (const waiter of waiters)
        waiter.reject(new Error(`The model was stopped; ${requests.length} requests came, none matched.`));
      await server.stop(true);
    },
  };
}

const nodePattern = /You are node (#\d+)/;
const phasePattern = /^Phase: (work|synthesis)$/m;
const reminderPattern = /^\s*<system-reminder>/;
/** Claude Code 2.1 puts it into a message of role "system", followed by a paragraph on what to do with it. */
const midWorkPattern = /The user sent a new message while you were working:\n([^]*)\n\n[^]*$/;
const auxiliaryReply: Spoken = { text: "ok", usage: { input_tokens: 0, output_tokens: 0 } };

const Text = z.object({ type: z.literal("text"), text: z.string(), cache_control: z.unknown().optional() });
const Result = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.union([Text, z.unknown().transform(() => null)]))]).optional(),
  is_error: z.boolean().optional(),
});
const Block = z.union([Text, Result, z.looseObject({ type: z.string() })]);
const Message = z.object({
  role: z.string(),
  content: z.union([z.array(Block), z.string().transform((text) => [{ type: "text" as const, text }])]),
});
export type Message = z.infer<typeof Message>;
const Body = z.object({
  model: z.string(),
  system: z.union([z.string(), z.array(z.looseObject({ text: z.string().default("") }))]).default(""),
  stream: z.boolean().optional(),
  messages: z.array(Message),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  metadata: z.object({ user_id: z.string().optional() }).optional(),
});
type Body = z.infer<typeof Body>;

interface Waiter {
  see(turn: Recorded): void;
  reject(error: Error): void;
}

function next(waiters: Set<Waiter>, predicate: (turn: Recorded) => boolean): Promise<Recorded> {
  const { promise, resolve, reject } = Promise.withResolvers<Recorded>();
  const waiter: Waiter = {
    see(turn) {
      if (!predicate(turn)) return;
      waiters.delete(waiter);
      resolve(turn);
    },
    reject,
  };
  waiters.add(waiter);
  return promise;
}

function turnOf(body: Body, pattern: RegExp, signal: AbortSignal): Turn {
  const { messages } = body;
  const first = messages.findIndex(({ role }) => role === "user");
  const assistants = (from: number) => messages.slice(from).filter(({ role }) => role === "assistant").length;
  const prompted = messages.findLastIndex(
    (message) => message.role === "user" && pattern.test(textOf(message)),
  );
  const prompt = prompted === -1 ? "" : textOf(messages[prompted]);
  const phase = phasePattern.exec(prompt)?.[1];
  const since = Math.max(prompted, first);
  return {
    node: pattern.exec(prompt)?.[1] ?? null,
    phase: phase === "work" || phase === "synthesis" ? phase : null,
    system: typeof body.system === "string" ? body.system : body.system.map(({ text }) => text).join("\n"),
    prompt: textOf(messages[first]),
    messages,
    tools: (body.tools ?? []).map(({ name }) => name),
    step: assistants(0),
    stepSincePrompt: assistants(since),
    lastResults: resultsOf(messages.findLast(({ role }) => role === "user")),
    said: messages.slice(since + 1).flatMap(saidIn),
    session: sessionOf(body.metadata?.user_id),
    model: body.model,
    cached: messages.flatMap(cachedIn),
    cacheMarks: JSON.stringify(body).split('"cache_control":').length - 1,
    signal,
  };
}

function textsOf(message: Message | undefined): string[] {
  return (message?.content ?? []).flatMap((block) => (Text.safeParse(block).data ?? { text: [] }).text);
}

function cachedIn(message: Message): string[] {
  const blocks = message.content.flatMap((block) => Text.safeParse(block).data ?? []);
  return blocks.flatMap(({ text, cache_control }) => (cache_control == null ? [] : [text]));
}

function textOf(message: Message | undefined): string {
  return textsOf(message).join("\n");
}

/** A message that comes between two turns is a user message; one that comes mid-work is wrapped in words of the agent's. */
function saidIn(message: Message): string[] {
  return textsOf(message).flatMap((text) => {
    const midWork = midWorkPattern.exec(text)?.[1];
    if (midWork !== undefined) return [midWork];
    return message.role === "user" && !reminderPattern.test(text) ? [text] : [];
  });
}

function resultsOf(message: Message | undefined): ToolResult[] {
  return (message?.content ?? []).flatMap((block) => {
    const { data } = Result.safeParse(block);
    if (data === undefined) return [];
    const parts =
      typeof data.content === "string"
        ? [data.content]
        : (data.content ?? []).map((part) => part?.text ?? "");
    return [{ tool_use_id: data.tool_use_id, text: parts.join("\n"), isError: data.is_error === true }];
  });
}

/** metadata.user_id is JSON with the session's id in 2.1; earlier it ended in _session_ID. */
function sessionOf(userId: string | undefined): string | null {
  return /session_(?:id":")?([0-9a-f-]{36})/.exec(userId ?? "")?.[1] ?? null;
}

/** The conversation offers the agent's own tools; a title, a summary or a web search comes with none or with the API's. */
function isAuxiliary(turn: Turn): boolean {
  return turn.tools.length < 2 && !turn.tools.some((name) => name.startsWith("mcp__"));
}

function toolName(name: string): string {
  return /^[a-z_]+$/.test(name) && !name.startsWith("mcp__") ? `mcp__cord__${name}` : name;
}
