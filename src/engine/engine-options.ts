import type { Client } from "../client/client.ts";
import type { RetryPolicy } from "../client/connection/retry.ts";
import type { UsageWindow } from "../core/account.ts";
import type { Environment } from "../core/environment.ts";
import type { Event } from "../core/event.ts";
import type { Node } from "../core/node.ts";
import type { RunOptions } from "../core/run.ts";
import type { HoldTimes } from "./hold.ts";
import type { GracePeriods, Progress } from "./run-context.ts";
import type { SilenceBounds } from "./silence.ts";

export interface EngineOptions {
  client: Client;
  /** how long a daemon that is gone is looked for, if not the default */
  daemonRetries?: Partial<RetryPolicy>;
  runId: string;
  /** the run as it stands, and the seq from which its events go on */
  snapshot: { seq: number; nodes: readonly Pick<Node, "number" | "status" | "holder">[] };
  options: RunOptions;
  /** where agents work */
  cwd: string;
  /** where each attempt gets a folder for its output */
  folder: string;
  env: Environment;
  graces?: GracePeriods;
  /** how often leases are renewed, if not the default */
  renewEveryMs?: number;
  /** how long an agent may print nothing, if not the default */
  silence?: Omit<SilenceBounds, "stall">;
  /** how long the machine's trouble is waited out, if not the default */
  holdTimes?: HoldTimes;
  /** it ends when nothing goes on until a person has approved a plan, and nobody is asked here */
  leavesPlans?: boolean;
  onEvent: (event: Event) => void;
  onProgress: (number: number, progress: Progress) => void;
  onNotice: (text: string) => void;
  /** what is left of the account that the agents use */
  onWindows?: (windows: readonly UsageWindow[]) => void;
}

/**
 * How the engine's work ended. `ended`: the run is over. `interrupted`, `timeout`: it was cut off and can be resumed.
 * `limited`: its account is used up, and the run does not wait for it. `halted`: a person has to fix what the reason
 * says. `proposed`: it waits for a person who approves a plan.
 */
export type Ending =
  | { how: "ended" | "interrupted" | "timeout" | "proposed" }
  | { how: "limited" | "halted"; reason: string };
