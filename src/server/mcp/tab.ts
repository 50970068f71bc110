import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { leaseOf } from "../../core/lease.ts";
import { limits } from "../../core/limits.ts";
import { tryParseJson } from "../../core/json.ts";
import type { Operation } from "../../operations/operation.ts";
import { maxUriLength } from "./resource-uri.ts";

/**
 * What an MCP session knows of itself: the agent it acts as, and the epochs of its claims, so that an agent need not
 * repeat them in each call. A crash of the daemon loses it, unless the client sends its reminder.
 */
export interface Tab {
  /** false: it is a single request's, whose client says in each call what it has to know */
  isKept: boolean;
  /** where the client works; null: it did not say, and is not limited */
  project: string | null;
  /** its bridge's tab; null: there is no bridge, or it names none */
  tabId: string | null;
  /** the handle of that tab: as this it acts where neither a call nor anybody before it has said who it is */
  own: string | null;
  /** resolves once a call under way is done that may give the tab another handle; null: there is none */
  choosing: Promise<unknown> | null;
  /** the agent it acts as if a call does not say: the last that sent a heartbeat, else the first that acted */
  agent: string | null;
  /** all that have acted in it: sub-agents share their tab's session, each under a handle of its own */
  handles: Set<string>;
  /** by the task's id */
  holds: Map<string, Hold>;
  /** what it asked about: tasks that wait for an answer and are its again then, by their ids */
  asked: Map<string, Asked>;
  /** the latest tasks that it sent and that have not ended: it is told when one of them asks */
  sent: Set<string>;
  /** tasks that it holds, asked about, or sent, of which something was said that its agent was not told; by their ids */
  news: Set<string>;
  /** the handles that know what they hold, since their tab last began anew */
  told: Set<string>;
  /** it was said that other projects hold tasks */
  toldElsewhere: boolean;
  /** how far its agent has caught up: the log's end then, and the time, in milliseconds since 1970 */
  caughtUp: { seq: number; at: number } | null;
  /** when it was last looked for that, by the monotonic clock */
  lookedElsewhereAt: number;
}

/** A task that the session claimed. */
export interface Hold {
  agent: string;
  epoch: number;
  leaseSeconds: number;
  /** by the daemon's monotonic clock */
  leaseDue: number;
  /** the seq up to which its agent knows what was said of it */
  heard: number;
  /** it was given back with the answer to a question, which its agent was not told */
  isAnswered: boolean;
}

/** A task that waits for the answer to a question of the session's, with what its hold is to be then. */
type Asked = Pick<Hold, "agent" | "epoch" | "leaseSeconds" | "heard">;

type Input = Record<string, unknown>;

export function newTab(): Tab {
  return {
    isKept: true,
    project: null,
    tabId: null,
    own: null,
    choosing: null,
    agent: null,
    handles: new Set(),
    holds: new Map(),
    asked: new Map(),
    sent: new Set(),
    news: new Set(),
    told: new Set(),
    toldElsewhere: false,
    caughtUp: null,
    lookedElsewhereAt: Number.NEGATIVE_INFINITY,
  };
}

/** A call's input, with the hold of the task it is about, if the session has one. */
export interface Call {
  operation: Operation;
  input: Input;
  heldId: string | null;
  /** as it was before the call */
  hold?: Hold | undefined;
}

/**
 * A call's input, completed by the session: project, agent and epoch. Throws `invalid` where several agents share the
 * session and the call does not say which it is: it might end another's claim.
 */
export function filledIn(tab: Tab, { operation, input, heldId }: Call, requestId: string | null): Input {
  const filled = { ...input };
  const takes = (field: string) => field in operation.input.shape && filled[field] === undefined;
  if (takes("project") && tab.project !== null) filled["project"] = tab.project;
  if (takes("request_id") && requestId !== null) filled["request_id"] = requestId;
  if (!("agentId" in operation.input.shape)) return filled;
  const hold = holdOf(tab, heldId);
  if (takes("agentId")) {
    requireOne(tab.handles);
    const agent = hold?.agent ?? tab.agent ?? tab.own;
    if (agent !== null) filled["agentId"] = agent;
  }
  if (takes("epoch") && hold?.agent === filled["agentId"]) filled["epoch"] = hold?.epoch;
  return filled;
}

function requireOne(handles: ReadonlySet<string>): void {
  if (handles.size < 2) return;
  const shown = [...handles].slice(-shownHandles).join(", ");
  throw new CordError(
    "invalid",
    `Several agents act in this session (${shown}). Say in agent_id which you are.`,
  );
}

const shownHandles = 8;

function holdOf(tab: Tab, id: string | null): Hold | undefined {
  return id === null ? undefined : tab.holds.get(id);
}

/** Whom a call acts as, by what it says. */
export function actorOf({ introduces = "agentId" }: Operation, input: Input): string | null {
  const agent = input[introduces];
  return typeof agent === "string" ? agent : null;
}

/** Whom a call acts as that does not say it; null: of several that share a session nobody knows which one calls. */
export function onlyHandle({ handles, agent, own }: Tab): string | null {
  return handles.size > 1 ? null : (agent ?? own);
}

const Told = z.object({
  id: z.string(),
  epoch: z.number(),
  seq: z.number(),
  state: z.string(),
  claimed_by: z.string().nullable(),
});
const ToldOfAsk = z.object({ task: Told, answer: z.string().optional() });

/** The task that a result is; null for anything else. */
export function taskIn(result: unknown): z.infer<typeof Told> | null {
  return Told.safeParse(result).data ?? null;
}

/** All whose the session is, and the tab's own handle. */
export function handlesOf({ handles, own }: Tab): string[] {
  return [...handles, ...(own === null || handles.has(own) ? [] : [own])];
}

/** Keeps what a call that succeeded says about the session. */
export function learn(
  tab: Tab,
  { operation, input, heldId, hold: before }: Call,
  result: unknown,
  monotonic: number,
): void {
  const agent = actorOf(operation, input);
  if (agent !== null) {
    remember(tab.handles, agent);
    if (operation.introduces !== undefined || tab.agent === null) tab.agent = agent;
  }
  const leaseSeconds = leaseOf(Number(input["leaseSeconds"] ?? limits.leaseSeconds.default));
  const lease = { leaseSeconds, leaseDue: monotonic + leaseSeconds * 1000 };
  if (operation.lease === "takes" && agent !== null) {
    const { id, epoch, seq } = Told.parse(result);
    tab.asked.delete(id);
    tab.holds.set(id, { agent, epoch, ...lease, heard: seq, isAnswered: false });
  }
  // what is about no task and gives one has made it
  const sent = operation.act === null ? taskIn(result) : null;
  if (sent?.state === "pending") remember(tab.sent, sent.id);
  if (operation.lease === "asks") learnAsked(tab, result, before, monotonic);
  const hold = holdOf(tab, heldId);
  if (operation.lease === "extends" && hold) Object.assign(hold, lease);
  if (operation.lease === "ends" && heldId !== null) tab.holds.delete(heldId);
}

/** A question ends a hold; an answer that comes with it takes the task again. */
function learnAsked(tab: Tab, result: unknown, before: Hold | undefined, monotonic: number): void {
  const { task, answer } = ToldOfAsk.parse(result);
  const { id, epoch, seq: heard, claimed_by: agent } = task;
  // the renewal that came due while the call waited was refused, and has dropped the hold
  const known = before ?? tab.holds.get(id) ?? tab.asked.get(id);
  const leaseSeconds = known?.leaseSeconds ?? limits.leaseSeconds.default;
  tab.holds.delete(id);
  tab.asked.delete(id);
  if (agent === null) return;
  if (task.state === "waiting") tab.asked.set(id, { agent, epoch, leaseSeconds, heard });
  if (task.state !== "claimed" || answer === undefined) return;
  tab.news.delete(id);
  takenBack(tab, id, { agent, epoch: epoch - 1, leaseSeconds, heard }, monotonic).isAnswered = false;
}

/** Holds a task again that was asked about, since its question is answered. Its lease may be any: it is renewed at once. */
export function takenBack(tab: Tab, id: string, asked: Asked, monotonic: number): Hold {
  const hold = { ...asked, epoch: asked.epoch + 1, leaseDue: monotonic, isAnswered: true };
  tab.asked.delete(id);
  tab.holds.set(id, hold);
  return hold;
}

/** Forgets a claim that is its agent's no more; what another handle has is not touched by that one's mistakes. */
export function forget(tab: Tab, { operation, input, heldId }: Call): void {
  const hold = holdOf(tab, heldId);
  if (heldId !== null && hold?.agent === actorOf(operation, input)) tab.holds.delete(heldId);
}

/** Adds one to the latest of these; the oldest are dropped. */
export function remember(latest: Set<string>, one: string): void {
  latest.delete(one);
  latest.add(one);
  const [oldest] = latest;
  if (latest.size > maxHandles && oldest !== undefined) latest.delete(oldest);
}

const maxHandles = 64;

/** Of a Date, in milliseconds since 1970. */
const latestTime = 8.64e15;
const Handle = z.string().max(128);
const Memory = z.object({
  project: z.string().nullable().default(null),
  agent: Handle.nullable(),
  caughtUp: z
    .object({ seq: z.number().min(0), at: z.number().min(0).max(latestTime) })
    .nullable()
    .default(null),
  handles: z.array(Handle).max(maxHandles).default([]),
  holds: z
    .array(z.tuple([z.string().max(64), Handle, z.number(), z.number(), z.number()], z.number()))
    .max(64),
  asked: z
    .array(z.tuple([z.string().max(64), Handle, z.number(), z.number(), z.number()]))
    .max(64)
    .default([]),
  sent: z.array(z.string().max(64)).max(maxHandles).default([]),
  subscribed: z.array(z.string().max(maxUriLength)).max(64).default([]),
});

/** As many holds as a header has room for: the newest ones. */
const maxRemindedHolds = 64;
const maxRemindedHandles = 16;
const maxRemindedAsked = 16;
const maxRemindedSent = 16;

/** In characters; what is subscribed to last fits. */
const maxRemindedUris = 4000;

/** What the client is asked to remember for the daemon, `subscribed` with it. Empty when there is nothing. */
export function reminderOf(
  { project, agent, handles, holds, asked, sent, caughtUp }: Tab,
  subscribed: readonly string[] = [],
): string {
  const known = holds.size + asked.size + sent.size + subscribed.length;
  if (agent === null && known === 0 && caughtUp === null) return "";
  const kept = [...holds]
    .slice(-maxRemindedHolds)
    .map(([id, hold]) => [id, hold.agent, hold.epoch, hold.leaseSeconds, hold.leaseDue, hold.heard]);
  const waiting = [...asked]
    .slice(-maxRemindedAsked)
    .map(([id, { agent: asker, epoch, leaseSeconds, heard }]) => [id, asker, epoch, leaseSeconds, heard]);
  const memory = {
    agent,
    handles: [...handles].slice(-maxRemindedHandles),
    holds: kept,
    ...(waiting.length === 0 ? {} : { asked: waiting }),
    ...(sent.size === 0 ? {} : { sent: [...sent].slice(-maxRemindedSent) }),
    ...(caughtUp === null ? {} : { caughtUp }),
    // in which project they are: the stream on which they are told of is opened before any call says it
    ...(subscribed.length === 0 ? {} : { project, subscribed: newestWithin(subscribed, maxRemindedUris) }),
  };
  return `${holds.size + subscribed.length}.${Buffer.from(JSON.stringify(memory)).toString("base64url")}`;
}

function newestWithin(texts: readonly string[], characters: number): string[] {
  let left = characters;
  return texts
    .toReversed()
    .filter((text) => (left -= text.length) >= 0)
    .toReversed();
}

/**
 * Takes up what a client remembered, and gives what it had subscribed to. What cannot be read is as if it had remembered
 * nothing.
 */
export function reminded(tab: Tab, reminder: string | null): readonly string[] {
  const text = Buffer.from(reminder?.split(".")[1] ?? "", "base64url").toString();
  const memory = Memory.safeParse(tryParseJson(text)).data;
  if (!memory) return [];
  tab.project = memory.project;
  tab.agent = memory.agent;
  tab.caughtUp = memory.caughtUp;
  tab.handles = new Set(memory.handles);
  for (const [id, agent, epoch, leaseSeconds, leaseDue, heard = 0] of memory.holds)
    tab.holds.set(id, { agent, epoch, leaseSeconds, leaseDue, heard, isAnswered: false });
  for (const [id, agent, epoch, leaseSeconds, heard] of memory.asked)
    tab.asked.set(id, { agent, epoch, leaseSeconds, heard });
  tab.sent = new Set(memory.sent);
  // nobody noted what was said while there was no daemon
  tab.news = new Set([...tab.holds.keys(), ...tab.asked.keys(), ...tab.sent]);
  return memory.subscribed;
}
