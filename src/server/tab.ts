import { z } from "zod";
import { CordError } from "../core/error.ts";
import { parseJson } from "../core/json.ts";
import type { Operation } from "../operations/operation.ts";

/**
 * What an MCP session knows of itself: whom it acts as, and the epochs of what it claimed, so that an agent need not
 * repeat them with each call. A crash of the daemon loses it, unless the client gives its reminder back.
 */
export interface Tab {
  /** where the client works; null: it did not say, and is not limited */
  project: string | null;
  agent: string | null;
  holds: Map<string, Hold>;
}

/** A task that the session claimed. */
export interface Hold {
  agent: string;
  epoch: number;
  leaseSeconds: number;
  /** by the daemon's monotonic clock */
  leaseDue: number;
}

type Input = Record<string, unknown>;

/**
 * A call's input with what the session knows and the call does not say: the project, the agent, the epoch.
 * Throws `not_allowed` for an agent that is not the session's own.
 */
export function filledIn(tab: Tab, operation: Operation, input: Input, requestId: string | null): Input {
  const filled = { ...input };
  const takes = (field: string) => field in operation.input.shape && filled[field] === undefined;
  if (takes("project") && tab.project !== null) filled["project"] = tab.project;
  if (takes("request_id") && requestId !== null) filled["request_id"] = requestId;
  if (!("agentId" in operation.input.shape)) return filled;
  const hold = holdOf(tab, input["id"]);
  requireOwn(tab, hold, input["agentId"]);
  const agent = hold?.agent ?? tab.agent;
  if (takes("agentId") && agent !== null) filled["agentId"] = agent;
  if (takes("epoch") && hold?.agent === filled["agentId"]) filled["epoch"] = hold?.epoch;
  return filled;
}

/** The hold of a task by its id or a beginning of it that is unique here. */
export function holdOf(tab: Tab, id: unknown): Hold | undefined {
  return tab.holds.get(heldId(tab, id) ?? "");
}

function heldId(tab: Tab, id: unknown): string | undefined {
  if (typeof id !== "string" || id === "") return undefined;
  if (tab.holds.has(id)) return id;
  const found = [...tab.holds.keys()].filter((held) => held.startsWith(id.toLowerCase()));
  return found.length === 1 ? found[0] : undefined;
}

function requireOwn(tab: Tab, hold: Hold | undefined, agent: unknown): void {
  if (agent === undefined || tab.agent === null || agent === tab.agent || agent === hold?.agent) return;
  throw new CordError(
    "not_allowed",
    `This session is ${tab.agent} and cannot act as ${String(agent).slice(0, 64)}. Use agent_id ${tab.agent}, or send agents_heartbeat with the other id first.`,
  );
}

const Held = z.object({ id: z.string(), epoch: z.number() });

/** Keeps what a call that succeeded says about the session. */
export function learn(
  tab: Tab,
  operation: Operation,
  input: Input,
  result: unknown,
  monotonic: number,
): void {
  const agent = operation.name === "agents/heartbeat" ? input["id"] : input["agentId"];
  if (typeof agent === "string" && (operation.name === "agents/heartbeat" || tab.agent === null))
    tab.agent = agent;
  if (endings.has(operation.name)) forget(tab, input["id"]);
  const leaseSeconds = Number(input["leaseSeconds"] ?? usualLeaseSeconds);
  const leaseDue = monotonic + leaseSeconds * 1000;
  if (operation.name === "tasks/claim" && typeof agent === "string") {
    const { id, epoch } = Held.parse(result);
    tab.holds.set(id, { agent, epoch, leaseSeconds, leaseDue });
  }
  const hold = holdOf(tab, input["id"]);
  if (operation.name === "tasks/extend" && hold) Object.assign(hold, { leaseSeconds, leaseDue });
}

const usualLeaseSeconds = 300;
const endings: ReadonlySet<string> = new Set([
  "tasks/complete",
  "tasks/fail",
  "tasks/cancel",
  "tasks/release",
]);

export function forget(tab: Tab, id: unknown): void {
  tab.holds.delete(heldId(tab, id) ?? "");
}

const Memory = z.object({
  agent: z.string().max(128).nullable(),
  holds: z
    .array(z.tuple([z.string().max(64), z.string().max(128), z.number(), z.number(), z.number()]))
    .max(64),
});

/** As many holds as a header has room for: the newest ones. */
const remindedHolds = 64;

/** What the client is asked to remember for the daemon. Empty when there is nothing. */
export function reminderOf({ agent, holds }: Tab): string {
  if (agent === null && holds.size === 0) return "";
  const kept = [...holds]
    .slice(-remindedHolds)
    .map(([id, hold]) => [id, hold.agent, hold.epoch, hold.leaseSeconds, hold.leaseDue]);
  return `${holds.size}.${Buffer.from(JSON.stringify({ agent, holds: kept })).toString("base64url")}`;
}

/** Takes up what a client remembered. What cannot be read is as if it had remembered nothing. */
export function reminded(tab: Tab, reminder: string | null): void {
  const text = Buffer.from(reminder?.split(".")[1] ?? "", "base64url").toString();
  const memory = Memory.safeParse(parsed(text)).data;
  if (!memory) return;
  tab.agent = memory.agent;
  for (const [id, agent, epoch, leaseSeconds, leaseDue] of memory.holds)
    tab.holds.set(id, { agent, epoch, leaseSeconds, leaseDue });
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
