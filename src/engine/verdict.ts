import { unnamedWindow, usedUp, parkingFor, type Parking, type UsageWindow } from "../core/account.ts";
import type { CheckReport } from "../core/check.ts";
import { withoutFullStop } from "../core/wording.ts";
import { totalBudget, type RunLimit } from "../core/words.ts";
import { beginningOf, oneLine } from "../core/text.ts";
import type { AgentKind, AgentEvent } from "./agents/agent.ts";
import type { ApiTrouble } from "./agents/api-trouble.ts";
import type { Trouble } from "./hold.ts";

export type Ended = Extract<AgentEvent, { type: "ended" }>;

/**
 * A signal's name and no code, if one ended it. The tail is the last lines of what it printed that is no event. isCutOff: a signal
 * ended its shim, and it was ended with that.
 */
export interface Exit {
  code: number | null;
  signal: string | null;
  tail: string;
  isCutOff: boolean;
}

/** What is known of one start of an agent once its process is gone. */
export interface Evidence {
  /** it called complete(), and the daemon took it */
  completed: boolean;
  /** the engine ended it: its node was stopped, paused or taken over, or the person pressed Ctrl-C */
  stopped: boolean;
  /** it began, and its MCP server was connected; null: it does not tell, or never began */
  connected: boolean | null;
  /** why settings keep cord's tools from it */
  kept: string | null;
  began: boolean;
  resumed: boolean;
  /** the API error it was ended for, before it gave up by itself */
  refused: ApiTrouble | null;
  /** it was ended because it gave no sign of life, for this reason */
  silent: string | null;
  /** it was ended because it took longer than one try may, for this reason */
  late: string | null;
  /** the windows of its account, one of which is used up, as it heard last; null: none is */
  usedUp: readonly UsageWindow[] | null;
  ended: Ended | null;
  /** its budget was a share of what the run had left, less than the default of one agent */
  shared: boolean;
  /** the last text of a good turn; empty if there was none */
  lastText: string;
  /** it ended in the middle of a turn, or while a further one was waited for: that text was not its end */
  isCutShort: boolean;
  /** what it said when it fell silent, to the end of a message that calls nothing; empty if that is not how it was */
  lastWords: string;
  exit: Exit;
}

/** What becomes of the attempt. */
export type Verdict =
  | { kind: "done" }
  | { kind: "stopped" }
  /**
   * this start does not count: cord's tools were missing, maybe because of the daemon, or its old session cannot be
   * used
   */
  | { kind: "again"; why: string; noDaemon?: true }
  /** it was cut off by what has happened to cord, and goes on in its session: that is no try */
  | { kind: "cutOff"; by: CutOff }
  /** trouble with the API that passes; go on with the session later */
  | { kind: "busy"; trouble: ApiTrouble }
  /**
   * the account is used up: the node is given back, for its session to be gone on with when it is not any more. isHeard:
   * its own agent was told so, and not another's before it could start
   */
  | { kind: "limited"; parked: Parking; isHeard: boolean }
  /** it ended well without calling complete(): its final text is the result */
  | { kind: "handIn"; text: string }
  /** its check did not let its result through; go on with the session, and this. seq: of the refusal */
  | { kind: "refused"; report: CheckReport; seq: number }
  /** its check could not be run: nobody knows whether its result is good, and a person has to see to that */
  | { kind: "unchecked"; reason: string }
  | { kind: "failed"; reason: string; final: boolean; limit?: RunLimit }
  /** it gave no sign of life: it counts as a try, and the next one goes on with its session */
  | { kind: "silent"; reason: string }
  /** no agent can work until a person has fixed something; nothing is lost until then */
  | { kind: "halted"; reason: string }
  /** the machine stood in its way: the node is given back, and nothing is launched until that is fixed */
  | { kind: "outside"; trouble: Trouble };

/** A verdict that ends the attempt: after the others it is started again. */
export type Final = Exclude<Verdict, { kind: "again" | "busy" | "cutOff" | "refused" }>;

/** Whether it would count as a try, of which a node has few. */
export function isOneTry(verdict: Verdict): boolean {
  return verdict.kind === "silent" || (verdict.kind === "failed" && !verdict.final);
}

/** Judges an attempt by what the agent said and how it exited; the first that holds. */
export function verdictOf(evidence: Evidence, agent: Pick<AgentKind, "label" | "logIn">): Verdict {
  const { label } = agent;
  const { completed, stopped, connected, kept, began, resumed, refused, ended, lastText, exit } = evidence;
  if (completed) return { kind: "done" };
  if (stopped) return { kind: "stopped" };
  if (evidence.late !== null) return { kind: "failed", reason: evidence.late, final: false };
  const parked = parkedBy(evidence);
  if (parked !== null) return { kind: "limited", parked, isHeard: true };
  if (evidence.silent !== null) return afterSilence(evidence, evidence.silent);
  if (kept !== null) return { kind: "halted", reason: kept };
  if (connected === false)
    return { kind: "again", why: "its MCP server cord was not connected", noDaemon: true };
  const trouble = refused ?? ended?.trouble ?? null;
  if (trouble !== null && isForAll(trouble)) return waitedOut(trouble, agent);
  if (!began && resumed) return { kind: "again", why: "its earlier session could not be resumed" };
  if (lastText !== "" && !evidence.isCutShort) return { kind: "handIn", text: lastText };
  if (exit.isCutOff) return { kind: "cutOff", by: "shim" };
  if (trouble !== null) return refusal(trouble, label, resumed);
  if (ended?.reason === "budget") return overspent(ended, evidence.shared);
  if (ended?.reason === "blocked")
    return { kind: "failed", reason: blockedReason(label, ended), final: ended.turns === 0 };
  if (ended?.ok) return { kind: "failed", reason: silentReason(ended), final: false };
  return { kind: "failed", reason: exitReason(label, ended, exit), final: false };
}

/** What cuts an agent off, as it is told. */
export const cutOffs = {
  moved: "cord's daemon has moved.",
  away: "cord's daemon was away for a while.",
  shim: "The process that you ran under was killed.",
  notTaken: "Your call of complete() did not go through, so that nothing was handed in.",
} as const;
export type CutOff = keyof typeof cutOffs;

/**
 * An agent that has finished but hangs, as with a hook that does not let it end: it is told once, in its session, to
 * hand in; after that its text counts as its result.
 */
function afterSilence({ lastText, lastWords, resumed }: Evidence, reason: string): Verdict {
  const text = lastText === "" ? lastWords : lastText;
  return resumed && text !== "" ? { kind: "handIn", text } : { kind: "silent", reason };
}

/** An agent says in words what its stream says first, but for older ones; and it may end before it has said it. */
function parkedBy({ refused, ended, usedUp: windows }: Evidence): Parking | null {
  const trouble = refused ?? ended?.trouble ?? null;
  const isStopped =
    trouble?.kind === "window" || (windows !== null && (trouble?.status === 429 || ended === null));
  if (!isStopped) return null;
  return parkingFor(windows ?? []) ?? { reason: usedUp(unnamedWindow), until: null };
}

/** Trouble that all attempts have: what passes is waited out, what a person can fix halts the run. */
function isForAll({ kind }: ApiTrouble): boolean {
  return kind === "passes" || kind === "account";
}

function waitedOut(trouble: ApiTrouble, agent: Pick<AgentKind, "label" | "logIn">): Verdict {
  return trouble.kind === "account"
    ? { kind: "halted", reason: accountReason(agent, trouble) }
    : { kind: "busy", trouble };
}

/** This request of this node is not answered. A session that has grown too long may be begun anew. */
function refusal(trouble: ApiTrouble, label: string, resumed: boolean): Verdict {
  const words = said(trouble);
  switch (trouble.kind) {
    case "tooLarge":
      if (resumed) return { kind: "again", why: "its earlier session had grown too long for the model" };
      return final(`${words} Split its task, or let what it needs be condensed by a node between.`);
    case "model":
      return final(`${words} Give it another: --model for the run, or model in create().`);
    case "refused":
      return final(`${words} Reword its task, or give it another model.`);
    default:
      // without a status it is the program that could not use the answer
      return {
        kind: "failed",
        reason: trouble.status === null ? words : `${label} was refused by the API: ${words}`,
        final: false,
      };
  }
}

function final(reason: string): Verdict {
  return { kind: "failed", reason, final: true };
}

function said({ status, words }: ApiTrouble): string {
  return words === ""
    ? `The API answers ${status ?? "nothing"}.`
    : /[.!?]$/.test(words)
      ? words
      : `${words}.`;
}

function accountReason(
  { label, logIn }: Pick<AgentKind, "label" | "logIn">,
  { status, words }: ApiTrouble,
): string {
  const why = words === "" ? "" : `: ${withoutFullStop(words)}`;
  const goOn = 'then go on with "cord run --resume".';
  if (status === 401 || status === 403)
    return `${label} is not authenticated (${status})${why}. ${logIn}; ${goOn}`;
  return `The API does not serve this account${why}. Fix that where the account is kept, or use another key or login; ${goOn}`;
}

function overspent({ usd }: Ended, shared: boolean): Verdict {
  const spent = `$${usd.toFixed(2)}`;
  return shared
    ? {
        kind: "failed",
        reason: `it used up its share of the run's total budget (${spent}). Give the run more with --total-budget.`,
        final: true,
        limit: totalBudget,
      }
    : {
        kind: "failed",
        reason: `it used up its budget (${spent}). Give one agent more with --budget.`,
        final: true,
        limit: "budget",
      };
}

/** What a hook says of a prompt ends with the prompt, which may be megabytes. */
function blockedReason(label: string, { text }: Ended): string {
  const words = oneLine(text.split("\n\nOriginal prompt:")[0] ?? "");
  return `${label} did not let the prompt through: ${beginningOf(words, 1_000)}`;
}

function silentReason({ byHook }: Ended): string {
  return byHook
    ? "a hook stopped it before it called complete(), and it had said nothing"
    : "it ended without calling complete() and without a final text";
}

function exitReason(label: string, ended: Ended | null, exit: Exit): string {
  const how =
    exit.signal === null ? `exited with code ${exit.code ?? "unknown"}` : `was ended by ${exit.signal}`;
  const said = [ended?.text ?? "", exit.tail].filter((text) => text.trim() !== "").join("\n");
  if (said !== "") return `${label} ${how}: ${said}`;
  return ended === null && exit.code === 0
    ? `${label} ${how} without a result`
    : `${label} ${how} and said nothing`;
}
