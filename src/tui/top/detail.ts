import type { Event } from "../../core/event.ts";
import { isEngine, nodeName, treeStatus } from "../../core/words.ts";
import { textOf, type StoredMessage } from "../../core/message.ts";
import type { Task, WholeTask } from "../../core/task.ts";
import { plain, plainLines } from "../../core/text.ts";
import { icons } from "../run/node-lines.ts";
import type { Tone } from "../terminal/theme.ts";
import { duration, usd } from "../time.ts";
import { wrap } from "../terminal/width.ts";
import type { Line } from "./box.ts";
import type { TopModel } from "./model.ts";
import type { TopTask } from "./top-task.ts";

/** What is known of the selected task beside its row. */
export interface Detail {
  id: string;
  /** Null while it is being read. */
  task: Task | null;
  texts: readonly Text[];
  /** Its events, the oldest first. */
  history: readonly Event[];
  /** Why it could not be read. */
  problem: string | null;
}

interface Text {
  title: string;
  text: string;
}

export function emptyDetail(id: string): Detail {
  return { id, task: null, texts: [], history: [], problem: null };
}

/** The long parts of a task, made once when it is read and not with each frame. */
export function textsOf(task: WholeTask): Text[] {
  const parts: [string, unknown][] = [
    ["question", task.question?.question],
    ["result", task.result],
    ...(task.artifacts ?? []).map((artifact): [string, unknown] => [
      plain(artifact.name ?? artifact.artifactId),
      textOf(artifact),
    ]),
    ["messages", task.messages?.map(messageText).join("\n")],
    ["payload", task.payload],
    ["prompt", task.prompt],
  ];
  return parts.flatMap(([title, value]) => {
    if (value === undefined || value === null) return [];
    const short = typeof value === "string" ? value : JSON.stringify(value);
    const text =
      typeof value === "string" || short.length <= shortText ? short : JSON.stringify(value, null, 2);
    return [{ title, text: plainLines(text.slice(0, maxTextLength)) }];
  });
}

/** How many of a task's messages are read, of the newest. */
export const shownMessages = 20;

function messageText({ by, role, ...message }: StoredMessage): string {
  return `${by ?? role}: ${textOf(message)}`;
}

/** JSON that fits beside its title stays on one line. */
const shortText = 60;
const maxTextLength = 20_000;
const maxLines = 200;

/** All lines of the detail; the pane shows a part of them. */
export function detailLines(
  { id, task, texts, history, problem }: Detail,
  model: TopModel,
  { now, width }: { now: number; width: number },
): Line[] {
  if (problem !== null) return [[{ text: problem, tone: "reason" }]];
  if (task === null) return outlineLines(model.task(id), now, width);
  return [
    ...factLines(task, now, width),
    ...holderLine(task, now),
    ...needLines(task, model),
    ...texts.filter(({ title }) => title !== "prompt").flatMap((text) => textLines(text, width)),
    ...historyLines(history, now),
    ...texts.filter(({ title }) => title === "prompt").flatMap((text) => textLines(text, width)),
  ];
}

/** While the task is being read, what its row knows stands where it will stand, so that nothing jumps. */
function outlineLines(row: TopTask | undefined, now: number, width: number): Line[] {
  if (!row) return [];
  const created_at = new Date(row.createdAt).toISOString();
  const { id, name, kind, priority, state } = row;
  const ready = row.blockedBy === null ? undefined : false;
  const position = { number: row.number ?? undefined, run_id: row.runId ?? undefined, ready };
  return factLines({ id, name, kind, priority, state, created_at, ...position }, now, width);
}

type Facts = Pick<Task, "id" | "name" | "kind" | "priority" | "state" | "created_at"> & {
  [Field in "number" | "ready" | "run_id" | "to" | "updated_at" | "reason"]?: Task[Field] | undefined;
};

function factLines(task: Facts, now: number, width: number): Line[] {
  const facts = [
    numberOf(task),
    task.kind,
    task.priority,
    stateOf(task),
    `created ${ago(task.created_at, now)}`,
    task.updated_at === undefined || task.updated_at === task.created_at
      ? null
      : `changed ${ago(task.updated_at, now)}`,
    task.to === undefined ? null : `to ${task.to}`,
  ];
  const reason = task.reason === undefined ? [] : wrap(plainLines(`reason: ${task.reason}`), width, 5);
  return [
    ...wrap(plainLines(task.name), width, 3).map((text): Line => [{ text, tone: "title" }]),
    [{ text: `id ${task.id}`, tone: "detail" }],
    [{ text: facts.filter((fact) => fact !== null).join(" · ") }],
    ...reason.map((text): Line => [{ text, tone: "reason" }]),
  ];
}

function numberOf({ number, run_id }: Facts): string | null {
  if (number === undefined) return null;
  return run_id === undefined ? `task ${number}` : `node ${nodeName(number)} of run ${run_id}`;
}

function stateOf({ state, ready, run_id }: Facts): string {
  if (ready === false) return "blocked";
  return run_id === undefined ? state : treeStatus(state);
}

function holderLine(task: Task, now: number): Line[] {
  if (task.claimed_by === null) return [];
  const left = task.lease_until === undefined ? null : Date.parse(task.lease_until) - now;
  const lease =
    left === null ? "" : left > 0 ? `, ${duration(left)} of its lease left` : ", its lease has ended";
  const verb = task.lease_until === undefined ? "by" : "claimed by";
  return [[{ text: `${verb} ${personOf(task.claimed_by)}, epoch ${task.epoch}${lease}` }]];
}

/** What it needs, by name and state where that is known. */
function needLines(task: Task, model: TopModel): Line[] {
  return (task.needs ?? []).map((id): Line => {
    const need = model.task(id);
    if (!need) return [{ text: "needs ", tone: "detail" }, { text: id }];
    const status = treeStatus(need.state);
    const name = [...numberText(need), need.name].join(" ");
    return [{ text: "needs ", tone: "detail" }, { text: `${icons[status]} `, tone: status }, { text: name }];
  });
}

/** As a shell takes it: a task's own, a node's with its sign. */
function numberText({ number, runId }: TopTask): string[] {
  if (number === null) return [];
  return [runId === null ? String(number) : nodeName(number)];
}

function textLines({ title, text }: Text, width: number): Line[] {
  if (!text.includes("\n") && text.length <= shortText)
    return [[{ text: `${title}: `, tone: "detail" }, { text }]];
  return [
    [{ text: `${title}:`, tone: "detail" }],
    ...wrap(text, Math.max(1, width - 2), maxLines).map((line): Line => [{ text: `  ${line}` }]),
  ];
}

function historyLines(history: readonly Event[], now: number): Line[] {
  if (history.length === 0) return [];
  return [
    [{ text: "history:", tone: "detail" }],
    ...history.map((event): Line => {
      const [about, word = ""] = event.type.replaceAll("_", " ").split(".");
      const tone: Tone | undefined = word === "failed" || word === "expired" ? "reason" : undefined;
      return [
        { text: `  ${`${ago(event.at, now)}`.padEnd(12)}`, tone: "detail" },
        { text: about === "attempt" ? `attempt ${word}` : word, ...(tone ? { tone } : {}) },
        { text: said(event) },
      ];
    }),
  ];
}

/** Who did it, why, and what it cost. */
function said(event: Event): string {
  const { agent, data } = event;
  if (event.type === "task.delivered") return ` to ${event.data.to} by ${deliveries[event.data.by]}`;
  const by = ("by" in data ? data.by : null) ?? agent;
  const who = by && personOf(by);
  const why = whyOf(data);
  const cost = "usd" in data && data.usd > 0 ? `  ${usd(data.usd)}` : "";
  return `${who ? ` by ${who}` : ""}${cost}${why ? `: ${why}` : ""}`;
}

const deliveries = { wake: "a wake", hook: "a hook", note: "a note", list: "its list" } as const;

function whyOf(data: Event["data"]): string | null | undefined {
  if ("reason" in data) return data.reason;
  if ("text" in data) return data.text;
  if ("answer" in data) return data.answer;
  return "question" in data && typeof data.question === "string" ? data.question : null;
}

/** An engine's name is for machines. */
function personOf(agent: string): string {
  return isEngine(agent) ? "an engine" : agent;
}

function ago(timestamp: string, now: number): string {
  return `${duration(now - Date.parse(timestamp))} ago`;
}
