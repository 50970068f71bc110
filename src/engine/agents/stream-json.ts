import { oneLine, shortened } from "../../core/text.ts";
import { wallClock } from "../../system/wall-clock.ts";
import type { AgentEvent } from "./agent.ts";
import { apiTroubleOf, type ApiTrouble } from "./api-trouble.ts";
import { JsonLines } from "./json-lines.ts";
import { Spending, type Told } from "./spending.ts";
import { Line, type Block } from "./stream-lines.ts";
import { windowsIn } from "./usage-windows.ts";

/**
 * Claude Code's stream-json: one JSON object a line, both ways. The rehearsal agent speaks it too. A line that does not
 * fit is no event.
 */

/**
 * Marks of the lines that an attempt cannot do without. Quotes inside a JSON string are escaped, so a mark always is
 * a member; the order of members differs between versions.
 */
export const vitalMarks = [
  '"type":"result"',
  '"type":"system"',
  '"type": "result"',
  '"type": "system"',
  '"type":"rate_limit_event"',
  '"type": "rate_limit_event"',
] as const;

/**
 * The line on stdin that gives the agent its next message, even while it works. The text is escaped in pieces,
 * because JSON.stringify would hold several copies of a prompt of megabytes. Where a piece ends inside a surrogate
 * pair, each half is written as an escape, which reads the same. Of a long beginning that other messages share the
 * model's cache keeps a copy of its own: Claude Code passes the mark on, and has three of the four that the API takes
 * (seen with 2.1.197 and 2.1.332).
 */
export function userMessage(text: string, shared = 0): string {
  const pieces = ['{"type":"user","message":{"role":"user","content":[{"type":"text","text":"'];
  const first = shared < worthCaching ? 0 : shared;
  pushEscaped(pieces, text, 0, first);
  if (first > 0) pieces.push('","cache_control":{"type":"ephemeral"}},{"type":"text","text":"');
  pushEscaped(pieces, text, first, text.length);
  pieces.push('"}]}}\n');
  return pieces.join("");
}

const pieceLength = 65_536;
/** In characters: the models keep nothing that is shorter than some 1,000 to 4,000 tokens. */
const worthCaching = 16_000;

function pushEscaped(pieces: string[], text: string, from: number, to: number): void {
  for (let at = from; at < to; at += pieceLength)
    pieces.push(JSON.stringify(text.slice(at, Math.min(to, at + pieceLength))).slice(1, -1));
}

/**
 * What the start shows of cord's server and its tools: they are there; the tools were taken away; or the server is
 * missing. A server that is there but not connected is reported separately.
 */
export type ToolsSeen = "there" | "toolless" | "absent";

/**
 * A reader of one attempt. It keeps the totals, because a line is about one message and an event about the whole
 * attempt. `keptBy` says why settings keep cord's tools from it, from what is seen of them.
 */
export function streamJsonReader(
  keptBy: (seen: ToolsSeen) => string | null = () => null,
): (line: string | null) => AgentEvent[] {
  const totals: Totals = {
    keptBy,
    started: false,
    message: null,
    turns: 0,
    spending: new Spending(),
    said: "",
    program: null,
  };
  const lines = new JsonLines();
  return (line) => {
    if (line === null) return resultMark.test(lines.giveUp()) ? [cutShort(totals)] : [];
    if (!lines.isWaiting && isUnread(line)) return returned(line);
    return lines.take(line).flatMap((value) => {
      const parsed = Line.safeParse(value);
      if (parsed.success) return eventsOf(parsed.data, totals);
      return returned(line);
    });
  };
}

/**
 * Most of the output is tool results, which are often huge and mostly unread: a whole line is not parsed unless
 * needed.
 */
function isUnread(line: string): boolean {
  return line.startsWith("{") && line.endsWith("}") && !readMarks.some((mark) => line.includes(mark));
}

const readMarks = [
  ...vitalMarks,
  '"type":"assistant"',
  '"type": "assistant"',
  '"type":"message_delta"',
  '"type":"message_stop"',
];

/** What a result line begins with, or has further on. */
const resultMark = /"type": ?"result"/;

const detailLength = 160;

interface Totals {
  keptBy: (seen: ToolsSeen) => string | null;
  started: boolean;
  /** the id of the message that came last */
  message: string | null;
  turns: number;
  spending: Spending;
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
    case "rate_limit_event":
      return [{ type: "windows", windows: windowsIn(line.rate_limit_info, wallClock()) }];
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
      return [{ type: "background", id: line.task_id, what: brief(line.description) }];
    case "task_notification":
      return [{ type: "background", id: line.task_id, what: null }];
    case "task_updated":
      return taskEnds.has(line.patch.status) ? [{ type: "background", id: line.task_id, what: null }] : [];
  }
}

const taskEnds: ReadonlySet<string> = new Set(["completed", "failed", "killed", "stopped", "cancelled"]);

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
  return tools === null || tools.includes(completeToolName) ? "there" : "toolless";
}

/** Without it an agent can hand nothing in. */
export const completeToolName = "mcp__cord__complete";

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
  if (message.model === noModel || error != null) {
    totals.program = { category: error ?? null };
    return [];
  }
  totals.program = null;
  return message.content.flatMap((block) => didIn(block, totals));
}

const noModel = "<synthetic>";

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

/**
 * Inside a text the quotes would be escaped, so what is found is a member, and the line need not be parsed. Lines about a call
 * that is still under way, such as the progress of a background task, name it too.
 */
function returned(line: string): AgentEvent[] {
  const events: AgentEvent[] = [];
  if (!line.includes(resultBlockMark)) return events;
  const failed = line.includes(failedMark);
  for (let at = line.indexOf(returnedMark); at >= 0; at = line.indexOf(returnedMark, at + 1)) {
    const start = at + returnedMark.length;
    events.push({ type: "returned", id: line.slice(start, line.indexOf('"', start)), failed });
  }
  return events;
}

const resultBlockMark = '"type":"tool_result"';
const returnedMark = '"tool_use_id":"';
/** Of one of a line's results, which has one as a rule. */
const failedMark = '"is_error":true';

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
  return brief(named);
}

function brief(text: string): string {
  return shortened(oneLine(text.slice(0, 4 * detailLength)), detailLength);
}

/** The dollars of a turn are known at its end only; until then they are an estimate. */
function spent({ message }: Assistant, { spending }: Totals): AgentEvent[] {
  const { id, model, usage, content } = message;
  if (!usage) return [];
  const length = content.reduce((sum, block) => sum + lengthOf(block), 0);
  const isNew = spending.count({ id: id ?? "", model: model ?? null, usage, length });
  return isNew ? [{ type: "spent", ...spending.spent }] : [];
}

function lengthOf(block: Block): number {
  if (block === null) return 0;
  return block.type === "text" ? block.text.length : JSON.stringify(block.input ?? null).length;
}

/** What a message has cost is known once all of it is written. */
function counted(usage: { output_tokens: number } | null | undefined, totals: Totals): AgentEvent[] {
  const { message, spending } = totals;
  const isNew = usage && spending.finish(message ?? "", usage.output_tokens);
  return isNew ? [{ type: "spent", ...spending.spent }] : [];
}

/** total_cost_usd and modelUsage count the whole process; num_turns this turn of the conversation only. */
function ended(line: Result, totals: Totals): AgentEvent {
  totals.turns += line.num_turns ?? 0;
  const spent = totals.spending.tell({ usd: line.total_cost_usd ?? null, tokens: tokensOf(line) });
  const { said, program } = totals;
  Object.assign(totals, { said: "", program: null });
  const text = line.result ?? line.errors.join("; ");
  const reason = reasonOf(line, { text, isSaid: text === said, program });
  return {
    type: "ended",
    ok: reason === "done",
    // if a hook does not let it stop, the result lacks the text that the model has said
    text: reason === "done" && text.trim() === "" ? said : text,
    reason,
    trouble: reason === "api_error" ? troubleOf(line, text, program) : null,
    byHook: line.terminal_reason === "hook_stopped",
    unasked: line.origin?.kind === "task-notification",
    ...spent,
    turns: totals.turns,
    denials: line.permission_denials.map(({ tool_name }) => ({ tool: toolName(tool_name) })),
    sessionId: line.session_id ?? null,
  };
}

/** A result line that cannot be read ends its turn too, and nobody knows how that went. */
function cutShort(totals: Totals): AgentEvent {
  Object.assign(totals, { said: "", program: null });
  return {
    type: "ended",
    ok: false,
    text: "its result line cannot be read",
    reason: "error",
    trouble: null,
    byHook: false,
    unasked: false,
    ...totals.spending.spent,
    turns: totals.turns,
    denials: [],
    sessionId: null,
  };
}

/**
 * When all retries have failed the subtype still reads "success": only is_error and the status count. A turn without
 * a step of the conversation never reached the model: its text comes from a hook or a command.
 */
function reasonOf(
  line: Result,
  { text, isSaid, program }: { text: string; isSaid: boolean; program: Totals["program"] },
): Extract<AgentEvent, { type: "ended" }>["reason"] {
  if (line.subtype === "error_max_budget_usd") return "budget";
  if (line.subtype === "error_max_turns") return "turns";
  const isApi = line.api_error_status != null || (line.is_error && program !== null);
  // what the model has said in these words is its own
  if (isApi || (!isSaid && apiErrorPrefix.test(text))) return "api_error";
  if (line.is_error || line.subtype !== "success") return "error";
  return line.num_turns === 0 || program !== null ? "blocked" : "done";
}

const apiErrorPrefix = /^API Error: /;

function troubleOf(line: Result, text: string, program: Totals["program"]): ApiTrouble {
  const refusal = line.stop_reason === "refusal";
  const trouble = apiTroubleOf({
    status: line.api_error_status ?? null,
    category: program?.category ?? null,
    text,
  });
  return refusal ? { ...trouble, kind: "refused" } : trouble;
}

function tokensOf({ modelUsage }: Result): Told["tokens"] {
  if (!modelUsage) return null;
  const used = Object.values(modelUsage);
  return {
    input: used.reduce(
      (sum, one) => sum + one.inputTokens + one.cacheReadInputTokens + one.cacheCreationInputTokens,
      0,
    ),
    cached: used.reduce((sum, one) => sum + one.cacheReadInputTokens, 0),
    output: used.reduce((sum, one) => sum + one.outputTokens, 0),
  };
}
