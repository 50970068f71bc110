import type { AgentEvent } from "./agent.ts";
import { apiTroubleOf, type ApiTrouble } from "./api-trouble.ts";
import { JsonLines } from "./json-lines.ts";
import { Line, type Block } from "./stream-lines.ts";

/**
 * Claude Code's stream-json: one JSON object a line, both ways. The rehearsal agent speaks it too. A line that does not
 * fit is no event.
 */

/**
 * The marks of lines that an attempt cannot do without. Inside a JSON string the quotes would be escaped, so a mark is
 * a member wherever it stands; the order of members differs between versions.
 */
export const VITAL_MARKS = [
  '"type":"result"',
  '"type":"system"',
  '"type": "result"',
  '"type": "system"',
] as const;

/**
 * What the line of stdin is that gives the agent its next message, also while it works. The text is escaped by pieces: of a
 * prompt of megabytes JSON.stringify would hold several copies at once. Where a piece ends between the halves of a surrogate
 * pair, each half is written as an escape, which reads the same.
 */
export function userMessage(text: string): string {
  const pieces = ['{"type":"user","message":{"role":"user","content":[{"type":"text","text":"'];
  for (let at = 0; at < text.length; at += PIECE)
    pieces.push(JSON.stringify(text.slice(at, at + PIECE)).slice(1, -1));
  pieces.push('"}]}}\n');
  return pieces.join("");
}

const PIECE = 65_536;

/**
 * What is seen at the start of cord's server and its tools: they are there; its tools were taken away; it is not among the servers at
 * all. One that is there and not connected is told of beside.
 */
export type ToolsSeen = "there" | "toolless" | "absent";

/**
 * A reader of one attempt. It keeps the totals, since a line tells of one message and an event of the whole attempt. `keptBy` says
 * why settings keep cord's tools from it, by what is seen of them.
 */
export function streamJsonReader(
  keptBy: (seen: ToolsSeen) => string | null = () => null,
): (line: string) => AgentEvent[] {
  const totals: Totals = {
    keptBy,
    started: false,
    message: null,
    usd: 0,
    turns: 0,
    settled: [0, 0],
    since: new Map(),
    said: "",
    program: null,
  };
  const lines = new JsonLines();
  return (line) => {
    if (!lines.isWaiting && isUnread(line)) return returned(line);
    return lines.take(line).flatMap((value) => {
      const parsed = Line.safeParse(value);
      if (parsed.success) return eventsOf(parsed.data, totals);
      return returned(line);
    });
  };
}

/** Most of the output is tool results, often huge, of which little is read; they, and all that is whole, are not parsed without need. */
function isUnread(line: string): boolean {
  return line.startsWith("{") && line.endsWith("}") && !READ_MARKS.some((mark) => line.includes(mark));
}

const READ_MARKS = [
  ...VITAL_MARKS,
  '"type":"assistant"',
  '"type": "assistant"',
  '"type":"message_delta"',
  '"type":"message_stop"',
];

const DETAIL_LENGTH = 160;

type Tokens = readonly [input: number, output: number];

interface Totals {
  keptBy: (seen: ToolsSeen) => string | null;
  started: boolean;
  /** the id of the message that came last */
  message: string | null;
  usd: number;
  turns: number;
  /** as of the last result line, which counts what no other line shows too */
  settled: Tokens;
  /** by message id, since one message comes as several lines with the same usage */
  since: Map<string, Tokens>;
  /** the model's last text of the turn under way */
  said: string;
  /** the program itself spoke last, in the model's place; category: of an error of the API */
  program: { category: string | null } | null;
}

function eventsOf(line: Line, totals: Totals): AgentEvent[] {
  switch (line.type) {
    case "system":
      return systemEvents(line, totals);
    case "assistant":
      return [...begun(line, totals), ...did(line, totals), ...spent(line, totals)];
    case "stream_event":
      return line.event.type === "message_stop" ? [{ type: "written" }] : counted(line.event.usage, totals);
    case "result":
      return [ended(line, totals)];
  }
}

function systemEvents(line: System, totals: Totals): AgentEvent[] {
  switch (line.subtype) {
    case "init":
      return started(line, totals);
    case "api_retry":
      return [retrying(line)];
    case "task_started":
      return [{ type: "background", id: line.task_id, what: shortened(line.description) }];
    case "task_notification":
      return [{ type: "background", id: line.task_id, what: null }];
    case "task_updated":
      return TASK_ENDS.has(line.patch.status) ? [{ type: "background", id: line.task_id, what: null }] : [];
  }
}

const TASK_ENDS: ReadonlySet<string> = new Set(["completed", "failed", "killed", "stopped", "cancelled"]);

type System = Extract<Line, { type: "system" }>;
type Init = Extract<Line, { subtype: "init" }>;
type Retry = Extract<Line, { subtype: "api_retry" }>;
type Assistant = Extract<Line, { type: "assistant" }>;
type Result = Extract<Line, { type: "result" }>;

/** Every turn begins with an init line; the attempt starts once. */
function started(line: Init, totals: Totals): AgentEvent[] {
  if (totals.started) return [];
  totals.started = true;
  const cord = line.mcp_servers.find((server) => server.name === "cord");
  const seen = seenOf(cord?.status, line.tools ?? null);
  return [
    {
      type: "started",
      sessionId: line.session_id ?? null,
      model: line.model ?? null,
      cordConnected: cord?.status === "connected",
      kept: seen === null ? null : totals.keptBy(seen),
    },
  ];
}

/** Null for a server that could not be reached, or not yet: no settings are to blame. */
function seenOf(status: string | undefined, tools: readonly string[] | null): ToolsSeen | null {
  if (status === undefined) return "absent";
  if (status !== "connected") return null;
  return tools === null || tools.includes(COMPLETE) ? "there" : "toolless";
}

/** Without it an agent can hand nothing in. */
export const COMPLETE = "mcp__cord__complete";

function retrying(line: Retry): AgentEvent {
  return {
    type: "retrying",
    status: line.error_status ?? null,
    attempt: line.attempt,
    delayMs: line.retry_delay_ms,
    message: typeof line.error === "string" ? line.error : JSON.stringify(line.error ?? ""),
  };
}

/** One message comes as several lines, a block each. */
function begun({ message: { id } }: Assistant, totals: Totals): AgentEvent[] {
  if (id == null || id === totals.message) return [];
  totals.message = id;
  return [{ type: "message" }];
}

/** A message of no model is the program's own, such as an error of the API, said in the model's place. */
function did({ message, error }: Assistant, totals: Totals): AgentEvent[] {
  if (message.model === NO_MODEL || error != null) {
    totals.program = { category: error ?? null };
    return [];
  }
  totals.program = null;
  return message.content.flatMap((block) => didIn(block, totals));
}

const NO_MODEL = "<synthetic>";

function didIn(block: Block, totals: Totals): AgentEvent[] {
  if (block === null) return [];
  if (block.type === "tool_use")
    return [
      { type: "used", id: block.id ?? null, tool: toolName(block.name), detail: detailOf(block.input) },
    ];
  if (block.text.trim() === "") return [];
  totals.said = block.text;
  return [{ type: "said", text: block.text }];
}

/** Inside a text the quotes would be escaped, so what is found is a member, and the line need not be parsed. */
function returned(line: string): AgentEvent[] {
  const events: AgentEvent[] = [];
  for (let at = line.indexOf(RETURNED); at >= 0; at = line.indexOf(RETURNED, at + 1)) {
    const start = at + RETURNED.length;
    events.push({ type: "returned", id: line.slice(start, line.indexOf('"', start)) });
  }
  return events;
}

const RETURNED = '"tool_use_id":"';

/** "mcp__cord__create" is "cord create". */
function toolName(name: string): string {
  return name.replace(/^mcp__/, "").replace("__", " ");
}

/** The input's most telling value, on one line. */
function detailOf(input: unknown): string {
  if (typeof input !== "object" || input === null) return "";
  const fields = new Map<string, unknown>(Object.entries(input));
  const named = ["command", "file_path", "path", "goal", "pattern", "url", "query", "question", "node_id"]
    .map((name) => fields.get(name))
    .concat([...fields.values()])
    .find((value) => typeof value === "string" && value !== "");
  if (typeof named !== "string") return "";
  return shortened(named);
}

function shortened(text: string): string {
  const line = text
    .slice(0, 4 * DETAIL_LENGTH)
    .replace(/\s+/g, " ")
    .trim();
  return line.length > DETAIL_LENGTH ? `${line.slice(0, DETAIL_LENGTH - 1).toWellFormed()}…` : line;
}

/** The dollars of a turn are known at its end only; the tokens with every message. */
function spent({ message }: Assistant, totals: Totals): AgentEvent[] {
  if (!message.usage) return [];
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
  const tokens: Tokens = [
    input_tokens + cache_creation_input_tokens + cache_read_input_tokens,
    output_tokens,
  ];
  const id = message.id ?? "";
  const before = totals.since.get(id);
  if (before && before[0] === tokens[0] && before[1] === tokens[1]) return [];
  // while a message is written its lines count what was written before it began
  totals.since.set(id, [tokens[0], Math.max(tokens[1], before?.[1] ?? 0)]);
  return spending(totals);
}

/** What a message has cost is known once all of it is written. */
function counted(usage: { output_tokens: number } | null | undefined, totals: Totals): AgentEvent[] {
  const id = totals.message ?? "";
  const before = totals.since.get(id);
  if (!usage || !before || usage.output_tokens <= before[1]) return [];
  totals.since.set(id, [before[0], usage.output_tokens]);
  return spending(totals);
}

function spending(totals: Totals): AgentEvent[] {
  const [inputTokens, outputTokens] = add([totals.settled, ...totals.since.values()]);
  return [{ type: "spent", usd: totals.usd, inputTokens, outputTokens }];
}

/** total_cost_usd and modelUsage count the whole process; num_turns this turn of the conversation only. */
function ended(line: Result, totals: Totals): AgentEvent {
  totals.usd = line.total_cost_usd ?? totals.usd;
  totals.turns += line.num_turns ?? 0;
  totals.settled = add(
    line.modelUsage
      ? Object.values(line.modelUsage).map((used): Tokens => [
          used.inputTokens + used.cacheReadInputTokens + used.cacheCreationInputTokens,
          used.outputTokens,
        ])
      : [totals.settled, ...totals.since.values()],
  );
  totals.since.clear();
  const { said, program } = totals;
  Object.assign(totals, { said: "", program: null });
  const text = line.result ?? line.errors.join("; ");
  const reason = reasonOf(line, text, program);
  return {
    type: "ended",
    ok: reason === "done",
    // a hook that does not let it stop leaves the result without the text that the model has said
    text: reason === "done" && text.trim() === "" ? said : text,
    reason,
    trouble: reason === "api_error" ? troubleOf(line, text, program) : null,
    byHook: line.terminal_reason === "hook_stopped",
    unasked: line.origin?.kind === "task-notification",
    usd: totals.usd,
    inputTokens: totals.settled[0],
    outputTokens: totals.settled[1],
    turns: totals.turns,
    denials: line.permission_denials.map(({ tool_name }) => ({ tool: toolName(tool_name) })),
    sessionId: line.session_id ?? null,
  };
}

/**
 * When its retries are used up the subtype reads "success": is_error and the status are what counts. A turn that took no
 * step of the conversation never came to the model: its text is that of a hook or a command.
 */
function reasonOf(
  line: Result,
  text: string,
  program: Totals["program"],
): Extract<AgentEvent, { type: "ended" }>["reason"] {
  if (line.subtype === "error_max_budget_usd") return "budget";
  if (line.subtype === "error_max_turns") return "turns";
  if (line.api_error_status != null || (line.is_error && program !== null) || API_ERROR.test(text))
    return "api_error";
  if (line.is_error || line.subtype !== "success") return "error";
  return line.num_turns === 0 || program !== null ? "blocked" : "done";
}

const API_ERROR = /^API Error\b/;

function troubleOf(line: Result, text: string, program: Totals["program"]): ApiTrouble {
  const refusal = line.stop_reason === "refusal";
  const trouble = apiTroubleOf({
    status: line.api_error_status ?? null,
    category: program?.category ?? null,
    text,
  });
  return refusal ? { ...trouble, kind: "refused" } : trouble;
}

function add(all: readonly Tokens[]): Tokens {
  return all.reduce<Tokens>(
    ([input, output], [moreIn, moreOut]) => [input + moreIn, output + moreOut],
    [0, 0],
  );
}
