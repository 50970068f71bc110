import type { Client } from "../client/client.ts";
import { CordError } from "../core/error.ts";
import { limits } from "../core/limits.ts";
import type { Node } from "../core/node.ts";
import { nodeName, nodeNumber } from "../core/words.ts";
import type { Attempt } from "./attempt.ts";
import type { Link } from "./link.ts";
import { engineName, isDeadEngine } from "./name.ts";
import { sweepOrphans } from "./process/supervise.ts";
import { recountLost } from "./recount.ts";
import { unlessStale } from "./settle.ts";

interface LeaseOptions {
  client: Client;
  runId: string;
  /** where the output of attempts is */
  folder: string;
  link: Link;
  attempts: ReadonlyMap<number, Attempt>;
  graceMs: number;
  /** what holds the engine up, for whoever looks at the run */
  trouble: () => string | null;
  /** whether what is held may be about to get its attempt, or to be given back */
  isBusy: () => boolean;
  onTrouble: (error: unknown) => void;
  /** the daemon does not know the run any more, since its database is another now: it never ends */
  onUnknown: (error: unknown) => void;
  /** the leases were renewed */
  onRenewed: () => void;
}

const defaultRenewMs = 10_000;
const goodbyeMs = 2000;

/**
 * The leases that an engine holds in a run. All are renewed at once, several times within a lease. Each renewal is
 * compared with the running attempts: an agent whose node is no longer held is ended, and a node that is held without
 * an attempt is given back.
 */
export class Leases {
  readonly engine = engineName();
  readonly #options: LeaseOptions;
  #renewing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  start(everyMs = defaultRenewMs): void {
    this.#timer = setInterval(() => this.renewSoon(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One renewal at a time; its trouble is told. */
  renewSoon(): void {
    if (this.#renewing) return;
    this.#renewing = true;
    const { onTrouble, onUnknown } = this.#options;
    void this.renew()
      .catch((error: unknown) => (isUnknown(error) ? onUnknown(error) : onTrouble(error)))
      .finally(() => (this.#renewing = false));
  }

  /**
   * Renews all leases. Ends agents whose nodes are no longer held here, and gives back nodes that are held without an
   * attempt.
   */
  async renew(): Promise<void> {
    const { client, runId, link, attempts, graceMs, isBusy, onTrouble, onRenewed } = this.#options;
    const before = new Map(attempts);
    const trouble = this.#options.trouble()?.slice(0, limits.noticeLength) ?? null;
    const told = { run_id: runId, engine: this.engine, trouble };
    const { held } = await client.call("nodes/renew", told, link.signal);
    link.well();
    const epochs = new Map(held.map(({ node_id, epoch }) => [nodeNumber(node_id), epoch]));
    for (const [number, attempt] of before)
      if (!attempt.completed && epochs.get(number) !== attempt.node.epoch) void attempt.stop(graceMs);
    if (isBusy()) return;
    for (const [number, epoch] of epochs)
      if (!before.has(number) && !attempts.has(number)) await this.#giveBack(number, epoch).catch(onTrouble);
    onRenewed();
  }

  async #giveBack(number: number, epoch: number): Promise<void> {
    const { client, runId, link } = this.#options;
    const held = { run_id: runId, node_id: nodeName(number), epoch };
    const given = { ...held, reason: "its engine has no agent at work on it" };
    await client.call("nodes/release", given, link.signal).catch(unlessStale);
  }

  /**
   * Takes over from engines of this machine that have died: ends what is left of their agents, then gives their nodes
   * back, and counts what they had spent.
   */
  async takeOver(nodes: readonly Pick<Node, "status" | "holder">[]): Promise<void> {
    const { client, runId, folder, link, onTrouble } = this.#options;
    await sweepOrphans(runId);
    const holders = new Set(nodes.map(({ status, holder }) => (status === "active" ? holder : null)));
    for (const engine of holders) {
      if (engine === null || !isDeadEngine(engine)) continue;
      await client.call("nodes/takeover", { run_id: runId, engine }, link.signal).catch(onTrouble);
    }
    await recountLost(client, { runId, folder, signal: link.signal }).catch(onTrouble);
  }

  /** Tells the daemon that this engine leaves. Without it others notice only when the leases end. */
  async sayGoodbye(): Promise<void> {
    const { client, runId, link } = this.#options;
    const told = { run_id: runId, engine: this.engine, leaving: true };
    const signal = AbortSignal.any([link.signal, AbortSignal.timeout(goodbyeMs)]);
    await client.call("nodes/renew", told, signal).catch(() => {});
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof CordError && error.code === "not_found";
}
