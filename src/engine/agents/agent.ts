import type { UsageWindow } from "../../core/account.ts";
import type { Environment } from "../../core/environment.ts";
import { isOfOuterSession } from "./outer-session.ts";
import type { ApiTrouble } from "./api-trouble.ts";
import type { Spent } from "./spending.ts";

/** What any agent's output becomes. Null where this agent does not tell. */
export type AgentEvent =
  /** kept: why settings keep cord's tools from it, and how to fix that; null: no such setting was found */
  | {
      type: "started";
      sessionId: string | null;
      model: string | null;
      cordConnected: boolean | null;
      kept: string | null;
    }
  /** another message of the model begins: all that it called in the one before has been called */
  | { type: "message" }
  /** the message is written to its end: it calls nothing more than it has */
  | { type: "written" }
  | { type: "said"; text: string }
  /** detail is one short line, such as "python score.py"; it is the agent's text, so not safe for a terminal */
  | { type: "used"; id: string | null; tool: string; detail: string }
  /** a tool call has come back; failed: with an error */
  | { type: "returned"; id: string; failed: boolean }
  | { type: "retrying"; status: number | null; attempt: number; delayMs: number; message: string }
  /** a task that goes on beside the conversation has begun; what: what it does, null: it has reported its end */
  | { type: "background"; id: string; what: string | null }
  /** what is left of the account that it uses */
  | { type: "windows"; windows: readonly UsageWindow[] }
  /** running totals of this process */
  | ({ type: "spent" } & Spent)
  /**
   * One turn is over. An agent whose stdin is open waits for the next message. Totals are of the attempt. The text of
   * a good turn (ok) is the model's own, never the program's. `blocked`: the program did not let the message through.
   */
  | ({
      type: "ended";
      ok: boolean;
      text: string;
      reason: "done" | "budget" | "turns" | "blocked" | "api_error" | "error";
      /** of an api_error */
      trouble: ApiTrouble | null;
      /** a hook of the project or the user ended the turn */
      byHook: boolean;
      /** no message began the turn: a task in the background had reported */
      unasked: boolean;
      turns: number;
      denials: { tool: string }[];
      sessionId: string | null;
    } & Spent);

/** One attempt, as the scheduler wants it. */
export interface Launch {
  prompt: string;
  /** so many characters of its beginning are those of its siblings, too: worth keeping in the model's cache */
  sharedPrompt: number;
  /** "#4" */
  node: string;
  runId: string;
  epoch: number;
  mcpUrl: string;
  token: string;
  model: string | null;
  permissionMode: string;
  /** what it may use beside cord's tools; null: what the mode allows */
  allowedTools: readonly string[] | null;
  /** it gets no MCP server but cord's, and nothing of the project's settings */
  isolate: boolean;
  budgetUsd: number | null;
  sessionId: string;
  resume: boolean;
  cwd: string;
  /** the attempt's own directory: the agent's config and its output go there */
  dir: string;
  env: Environment;
}

/** How to start one agent process. The token may be in env only, never in argv or in a file. */
export interface Command {
  argv: string[];
  /** all of its environment; nothing else is inherited */
  env: Environment;
  /** written to it first */
  stdin: string;
  keepStdinOpen: boolean;
}

/** One thing that a project's file makes an agent do. Both texts are the project's, so not safe for a terminal. */
export interface Demand {
  /** relative to the folder that agents work in */
  file: string;
  /** such as: the hook SessionStart runs curl example.org | sh */
  does: string;
}

/** What a project makes an agent do beyond its work, without anybody's having agreed to it. */
export interface Untrusted {
  demands: readonly Demand[];
  /** of the files that want it, so that a change in them is seen */
  digest: string;
}

/** By what an agent's calls would be paid, as far as that is seen without making one. */
export interface Login {
  /** such as: ANTHROPIC_API_KEY is set */
  ways: readonly string[];
  /** where no login was found */
  looked: string;
  /** a login can be where cord does not look, as in a keychain */
  mayBeElsewhere: boolean;
}

/** What is asked of a person's machine. */
export interface Machine {
  readonly env: Environment;
  readonly home: string;
}

/** A kind of agent: one file each, listed in agents.ts. */
export interface AgentKind {
  name: string;
  label: string;
  /** How a person gets its program, as a command line; null: it is part of cord. */
  install: string | null;
  /** How a person logs in: a sentence without its full stop. */
  logIn: string;
  /** What --permission-mode takes for it. */
  permissionModes: readonly string[];
  /** The version that the program at a path prints, for a person; null if it does not answer within `withinMs`. */
  version(path: string, machine: Machine, withinMs: number): Promise<string | null>;
  login(machine: Machine): Login;
  /**
   * Whose allowance its calls use, as a name that is the same for the same account and that holds no secret; null: nobody
   * else's than the run's.
   */
  account(env: Environment): string | null;
  /** Marks of output lines that must get through even when the attempt's output is past its cap. */
  vital: readonly string[];
  /** The program's path. CordError with the fix if it is not installed. */
  locate(env: Environment): string;
  /** What a project would have the agent run, reach or be allowed without the user's consent; null: nothing. */
  untrusted(folder: string, env: Environment): Untrusted | null;
  /** Writes its config file into launch.dir, which exists. CordError if it is not installed. */
  command(launch: Launch): Command;
  /** The stdin bytes that tell a running agent something; null: it cannot be told. */
  message(text: string): string | null;
  /**
   * Why settings keep cord's server from a program that ended at its start, judged by the last lines that it printed;
   * null: they do not.
   */
  refusedStart(tail: string): string | null;
  /** Lets a session be resumed in another folder than it began in, for an agent that looks for sessions by folder. */
  bringSession?(sessionId: string, folders: { from: string; to: string }, env: Environment): void;
  /**
   * A new reader of one attempt's output lines; without its launch it looks nothing up. It never throws, whatever the
   * line. Null is a pause: the rest of a broken line will not come.
   */
  reader(launch?: Launch): (line: string | null) => AgentEvent[];
  /** What tool calls came to, of which a line tells: for who reads the output later. It never throws. */
  results(line: string): ToolResult[];
}

/** What a tool call came to, whole. */
export interface ToolResult {
  id: string;
  failed: boolean;
  text: string;
}

/** The environment of an agent: that of the run's start, without what marks an outer agent's session. */
export function agentEnvironment(env: Environment): Environment {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && !isOfOuterSession(name)) kept[name] = value;
  return kept;
}
