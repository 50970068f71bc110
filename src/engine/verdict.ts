import type { AgentEvent } from "./agents/agent.ts";
import type { Trouble } from "./hold.ts";
import type { Exit } from "./process.ts";

export type Ended = Extract<AgentEvent, { type: "ended" }>;

/** What is known of one start of an agent once its process is gone. */
export interface Evidence {
  /** it called complete(), and the daemon took it */
  completed: boolean;
  /** the engine ended it: its node was stopped, paused or taken over, or the person pressed Ctrl-C */
  stopped: boolean;
  /** it began, and its MCP server was connected; null: it does not tell, or never began */
  connected: boolean | null;
  began: boolean;
  resumed: boolean;
  /** the status of an API error it was ended for, before it gave up by itself */
  refusedStatus: number | null;
  /** it was ended because it gave no sign of life, for this reason */
  silent: string | null;
  ended: Ended | null;
  exit: Exit;
}

/** What becomes of the attempt. */
export type Verdict =
  | { kind: "done" }
  | { kind: "stopped" }
  /** this start was none: its tools were not there, which the daemon may be the reason for, or its old session is gone */
  | { kind: "again"; why: string; noDaemon?: true }
  /** the API is busy; go on with the session later */
  | { kind: "limited"; status: number }
  /** it ended well without calling complete(): its final text is the result */
  | { kind: "handIn"; text: string }
  | { kind: "failed"; reason: string; final: boolean; limit?: "budget" }
  /** it gave no sign of life: it counts as a try, and the next one goes on with its session */
  | { kind: "silent"; reason: string }
  /** no agent can work until a person has mended something; nothing is lost meanwhile */
  | { kind: "halted"; reason: string }
  /** the machine stood in its way: the node is given back, and nothing is launched until that is mended */
  | { kind: "outside"; trouble: Trouble };

const authStatuses: ReadonlySet<number> = new Set([401, 403]);
const busyStatuses: ReadonlySet<number> = new Set([429, 529]);

export function isAuthFailure(status: number | null): boolean {
  return status !== null && authStatuses.has(status);
}

/** Judges an attempt by what the agent said and how it exited; the first that holds. */
export function verdictOf(evidence: Evidence, label: string): Verdict {
  const { completed, stopped, connected, began, resumed, refusedStatus, silent, ended, exit } = evidence;
  if (completed) return { kind: "done" };
  if (stopped) return { kind: "stopped" };
  if (silent !== null) return { kind: "silent", reason: silent };
  if (connected === false)
    return { kind: "again", why: "its MCP server cord was not connected", noDaemon: true };
  const status = refusedStatus ?? ended?.apiStatus ?? null;
  if (isAuthFailure(status)) return { kind: "halted", reason: authReason(label, status) };
  if (status !== null && busyStatuses.has(status) && !ended?.ok) return { kind: "limited", status };
  if (!began && resumed) return { kind: "again", why: "its earlier session could not be resumed" };
  if (ended?.reason === "budget")
    return { kind: "failed", reason: budgetReason(ended), final: true, limit: "budget" };
  if (ended?.ok) return finalText(ended);
  return { kind: "failed", reason: exitReason(label, ended, exit), final: false };
}

function authReason(label: string, status: number | null): string {
  return `${label} is not authenticated (${status}). Log in by starting "claude" once, or set a valid ANTHROPIC_API_KEY; then go on with "cord run --resume".`;
}

function budgetReason(ended: Ended): string {
  return `it used up its budget ($${ended.usd.toFixed(2)}). Give one agent more with --budget.`;
}

function finalText(ended: Ended): Verdict {
  if (ended.text.trim() !== "") return { kind: "handIn", text: ended.text };
  return {
    kind: "failed",
    reason: "it ended without calling complete() and without a final text",
    final: false,
  };
}

function exitReason(label: string, ended: Ended | null, exit: Exit): string {
  const how =
    exit.signal === null ? `exited with code ${exit.code ?? "unknown"}` : `was ended by ${exit.signal}`;
  const said = [ended?.text ?? "", exit.tail].filter((text) => text.trim() !== "").join("\n");
  return said === "" ? `${label} ${how} and said nothing` : `${label} ${how}: ${said}`;
}
