import type { Parking, UsageWindow } from "../core/account.ts";
import type { Client, Output } from "../client/client.ts";
import type { Environment } from "../core/environment.ts";
import { accountBounds } from "../core/limits.ts";
import type { Trouble } from "./hold.ts";
import type { ShellProcess } from "./process/shell.ts";
import type { Verdict } from "./verdict.ts";
import type { Outage } from "./outage.ts";
import type { SilenceBounds } from "./silence.ts";

/** A node as the daemon gives it to an engine. */
export type Claimed = Output<"nodes/claim">["nodes"][number];

export function claimNodes(
  client: Client,
  runId: string,
  engine: string,
  limit: number,
  signal?: AbortSignal,
) {
  return client.call("nodes/claim", { run_id: runId, engine, limit, settles: true }, signal);
}

/** How long an agent may live on. Milliseconds. */
export interface GracePeriods {
  /** after complete(): it says its last words, and what it cost */
  afterComplete: number;
  /** after its last turn ended: it may hang */
  afterResult: number;
  /** between TERM and KILL */
  term: number;
  /** the first wait for an API that is busy; doubled each time */
  busy: number;
  /** after an account that was used up has its allowance again */
  reset: number;
  /** between the starts of two agents, once it has */
  pace: number;
  /** after a turn that left something running in the background, for that to report */
  background: number;
  /** after that has reported, for the agent to begin a turn by itself */
  comeBack: number;
  /** of what there is, when the run's time is up: at least so long */
  synthesis: number;
  /** for the first answer of the first of siblings that start together */
  siblings: number;
}

export const defaultGracePeriods: GracePeriods = {
  afterComplete: 15_000,
  afterResult: 2_000,
  term: 1_500,
  busy: 10_000,
  reset: accountBounds.marginMs,
  pace: 250,
  background: 600_000,
  comeBack: 5_000,
  synthesis: 60_000,
  siblings: 5_000,
};

/** What is the same for all attempts of a run. */
export interface RunContext {
  runId: string;
  mcpUrl: string;
  cwd: string;
  folder: string;
  env: Environment;
  permissionMode: string;
  isolate: boolean;
  graces: GracePeriods;
  /** whether the daemon has been there since */
  daemon: { mark(): number; wasAwaySince(mark: number): Promise<boolean> };
  /** An agent can add nothing more to what it has handed in. Resolves to whether it has. */
  settleHandedIn: (node: Claimed) => Promise<boolean>;
  silence: SilenceBounds;
  /** The machine stands in the way of an agent that runs. */
  onTrouble: (trouble: Trouble) => void;
  /** what stands in the way now */
  trouble: () => Trouble | null;
  /** what an agent that has ended has handed in counts by these */
  checks: { judge(attempt: UnderCheck, verdict: HandedIn): Promise<Verdict> };
  /** trouble with the API, waited out with the other attempts */
  outage: Outage;
  /** whose allowance the agents use; what it has used up is waited for without an agent */
  account: {
    claimed(attempt: object): void;
    /** Why an attempt may not start an agent now; null: it may. */
    parkedFor(attempt: object): Parking | null;
    answered(attempt: object): void;
    left(attempt: object): void;
    heard(windows: readonly UsageWindow[], attempt: object): void;
  };
}

/** An attempt whose agent has ended, as its check needs it. */
export interface UnderCheck {
  node: Claimed;
  /** for the check's output, of this check alone */
  folder: string;
  cwd: string;
  /** resolves when no result of it is wanted any more */
  stopped: Promise<void>;
  onProgress(progress: Progress): void;
  /** what runs now, to be ended with the attempt */
  onProcess(process: ShellProcess | null): void;
  /** what of the machine kept a check from being started, by the system's code; null: that is the check's own fault */
  trouble(code: string): Trouble | null;
}

/** What an agent handed in: by complete(), or as its final text. */
export type HandedIn = Extract<Verdict, { kind: "done" | "handIn" }>;

/** What an attempt tells while it runs; only what has changed. */
export interface Progress {
  pid?: number;
  dir?: string;
  sessionId?: string | null;
  model?: string | null;
  activity?: string | null;
  notice?: string | null;
  usd?: number;
  estimated?: boolean;
  inputTokens?: number;
  cachedTokens?: number;
  outputTokens?: number;
  denials?: string[];
}
