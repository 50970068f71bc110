import { hostname } from "node:os";
import type { Client } from "../client/client.ts";
import { followEvents } from "../client/events.ts";
import { noProxyTo } from "../client/proxy.ts";
import { CordError, isDiskTrouble, messageOf } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import type { RunOptions } from "../core/run.ts";
import {
  Attempt,
  claimNodes,
  usualGraces,
  type Bench,
  type Claimed,
  type Graces,
  type Progress,
} from "./attempt.ts";
import { afterAwake } from "../system/awake-timer.ts";
import { isSameProcess, processIdentity } from "../system/process-identity.ts";
import { agentNamed } from "./agents/agents.ts";
import { Hold, type Patience, type Trouble } from "./hold.ts";
import { troubleAt } from "./outside.ts";
import { sweepOrphans } from "./process.ts";
import { Reporter } from "./reporter.ts";
import { settle, unlessStale } from "./settle.ts";

export interface EngineOptions {
  client: Client;
  /** brings a daemon that is gone back */
  revive: () => Promise<void>;
  runId: string;
  /** the run as it stands, and the seq from which its events go on */
  snapshot: { seq: number; nodes: readonly { number: number; status: string; holder: string | null }[] };
  options: RunOptions;
  /** where agents work */
  cwd: string;
  /** where each attempt gets a folder for its output */
  folder: string;
  env: Record<string, string | undefined>;
  graces?: Graces;
  /** how often leases are renewed, other than usual */
  renewEveryMs?: number;
  /** how long the machine's trouble is waited out, other than usual */
  patience?: Patience;
  onEvent: (event: Event) => void;
  onProgress: (number: number, progress: Progress) => void;
  onNotice: (text: string) => void;
}

/** How the engine's work ended: the run is over, or it was cut off and can be resumed; halted: a person has to mend what the reason says. */
export type Ending = { how: "ended" | "interrupted" | "timeout" } | { how: "halted"; reason: string };

const usuallyRenewedMs = 10_000;
const warnAt = 0.8;
const goodbyeMs = 2000;
const longestTrouble = 500;

/**
 * Works on a run: follows its events, claims what is ready, launches agents, and reports. It keeps nothing that the
 * daemon does not have: killing it loses no data, and its agents end with it.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #name = engineName();
  readonly #attempts = new Map<number, Attempt>();
  readonly #reporter: Reporter;
  readonly #over = Promise.withResolvers<Ending>();
  readonly #quit = new AbortController();
  readonly #hold: Hold;
  #claiming = false;
  #claimAgain = false;
  #stopping = false;
  #warned = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#reporter = new Reporter(options.client, options.runId, {
      onSpent: (usd) => this.#spent(usd),
      onTrouble: this.#complain,
    });
    this.#hold = new Hold(
      { onChange: (sentence) => this.#held(sentence), onGivenUp: (sentence) => this.#giveUp(sentence) },
      options.patience,
    );
  }

  /** How many agents are at work. */
  get running(): number {
    return [...this.#attempts.values()].filter((attempt) => !attempt.completed).length;
  }

  /** Works until the run is over or it is told to stop. Rejects, with its agents ended, when the daemon is gone for good. */
  async run(): Promise<Ending> {
    const { options, renewEveryMs = usuallyRenewedMs } = this.#options;
    await this.#takeOver();
    const following = this.#follow().catch((error: unknown) => this.#over.reject(error));
    const renewal = setInterval(() => void this.#renew().catch(this.#unlessGone), renewEveryMs);
    const limit =
      options.timeout_seconds === null
        ? null
        : afterAwake(options.timeout_seconds * 1000, () => void this.interrupt({ how: "timeout" }));
    this.#claimSoon();
    try {
      return await this.#over.promise;
    } finally {
      clearInterval(renewal);
      limit?.();
      this.#hold.close();
      await this.#leave(following);
    }
  }

  async #leave(following: Promise<void>): Promise<void> {
    await this.#endAll();
    this.#quit.abort();
    await following;
    await this.#reporter.flush().catch(this.#complain);
    await this.#sayGoodbye();
  }

  /** So that everybody sees at once that nobody works on the run any more; without it they see it when the lease has ended. */
  async #sayGoodbye(): Promise<void> {
    const { client, runId } = this.#options;
    const told = { run_id: runId, engine: this.#name, leaving: true };
    await client.call("nodes/renew", told, AbortSignal.timeout(goodbyeMs)).catch(() => {});
  }

  /** Ends all agents and gives their nodes back; a second time at once. */
  async interrupt(ending: Ending = { how: "interrupted" }): Promise<void> {
    await this.#endAll();
    this.#over.resolve(ending);
  }

  async #endAll(): Promise<void> {
    const graceMs = this.#stopping ? 0 : this.#graces.term;
    this.#stopping = true;
    await Promise.all([...this.#attempts.values()].map((attempt) => attempt.stop(graceMs)));
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }

  readonly #settling = new Set<Promise<void>>();

  get #graces(): Graces {
    return this.#options.graces ?? usualGraces;
  }

  /** What engines of this machine that have died still hold is given back, and what is left of their agents is ended first. */
  async #takeOver(): Promise<void> {
    const { client, runId, snapshot } = this.#options;
    await sweepOrphans(runId);
    const holders = new Set(
      snapshot.nodes.flatMap((node) =>
        node.status === "active" && node.holder !== null ? [node.holder] : [],
      ),
    );
    for (const engine of holders)
      if (isDeadEngine(engine)) await client.call("nodes/takeover", { run_id: runId, engine });
  }

  async #follow(): Promise<void> {
    const { client, runId, snapshot, revive } = this.#options;
    for await (const event of followEvents(
      client,
      { run_id: runId },
      snapshot.seq,
      this.#quit.signal,
      revive,
    )) {
      this.#options.onEvent(event);
      this.#react(event);
    }
  }

  #react(event: Event): void {
    const attempt = this.#attemptOf(event);
    switch (event.type) {
      case "task.completed":
      case "task.waiting":
        attempt?.complete();
        return this.#claimSoon();
      case "task.ready":
        if (event.data["by"] === this.#name) attempt?.complete();
        return this.#claimSoon();
      case "task.failed":
      case "task.cancelled":
      case "task.paused":
      case "task.expired":
        void attempt?.stop(this.#graces.term);
        return this.#claimSoon();
      case "task.told":
        if (attempt && !attempt.tell(String(event.data["text"])))
          this.#options.onNotice(`#${attempt.number} could not be told: its agent takes no messages`);
        return;
      case "task.created":
      case "task.released":
      case "task.resumed":
      case "attempt.ended":
        return this.#claimSoon();
      case "run.ended":
        return void this.#finish();
      default:
    }
  }

  /** This engine's attempt that an event is about; none if it is of another epoch. */
  #attemptOf(event: Event): Attempt | undefined {
    const attempt = event.number === null ? undefined : this.#attempts.get(event.number);
    return attempt?.node.epoch === event.data["epoch"] ? attempt : undefined;
  }

  /** One claim at a time; what became ready meanwhile is claimed right after it. */
  #claimSoon(): void {
    if (this.#stopping || !this.#hold.open) return;
    if (this.#claiming) {
      this.#claimAgain = true;
      return;
    }
    const free = this.#options.options.jobs - this.running;
    if (free <= 0) return;
    this.#claiming = true;
    const claiming = this.#claim(free)
      .catch(this.#complain)
      .finally(() => {
        this.#claiming = false;
        this.#settling.delete(claiming);
        if (this.#claimAgain) {
          this.#claimAgain = false;
          this.#claimSoon();
        }
      });
    // what a claim that is under way brings has to be given back too, before the engine goes
    this.#settling.add(claiming);
  }

  async #claim(limit: number): Promise<void> {
    const { client, runId, options, ...ground } = this.#options;
    const trouble = troubleAt({ ...ground, agent: agentNamed(options.agent) });
    if (trouble !== null) return this.#hold.by(trouble);
    const { nodes } = await claimNodes(client, runId, this.#name, limit);
    for (const node of nodes) {
      const settling = this.#work(node).catch(this.#complain);
      this.#settling.add(settling);
      void settling.finally(() => this.#settling.delete(settling));
    }
  }

  /** One attempt from its claim to its end. An older one at the same node, in its last words, is ended first: no node runs twice. */
  async #work(node: Claimed): Promise<void> {
    const number = Number(node.node_id.slice(1));
    const attempt = new Attempt(node, this.#bench, (progress) => this.#progress(attempt, progress));
    const older = this.#attempts.get(number);
    this.#attempts.set(number, attempt);
    await older?.stop(this.#graces.term);
    if (this.#stopping) void attempt.stop(0);
    const verdict = await attempt.run();
    // before the node is given back: else it would be claimed again at once
    if (verdict.kind === "outside") this.#hold.by(verdict.trouble);
    try {
      await settle(
        { client: this.#options.client, runId: this.#options.runId, reporter: this.#reporter },
        attempt,
        verdict,
      );
      if (verdict.kind === "halted" && !this.#stopping)
        void this.interrupt({ how: "halted", reason: verdict.reason });
    } finally {
      if (this.#attempts.get(number) === attempt) this.#attempts.delete(number);
      this.#claimSoon();
    }
  }

  /** What runs runs on; nothing new is started. */
  #held(trouble: string | null): void {
    this.#options.onNotice(
      trouble === null ? "That is mended: the run goes on." : `No agent is started for now. ${trouble}`,
    );
    if (trouble === null) this.#claimSoon();
    void this.#renew().catch(this.#unlessGone);
  }

  /** The daemon can write again as soon as it takes a renewal. */
  #databaseTrouble({ message }: CordError): Trouble {
    return { kind: "database", sentence: message, mended: () => this.#renew().then(() => true) };
  }

  #giveUp(trouble: string): void {
    const reason = `${trouble} It was so for too long; go on with "cord run --resume".`;
    void this.interrupt({ how: "halted", reason });
  }

  get #bench(): Bench {
    const { client, runId, options, cwd, folder, env } = this.#options;
    return {
      runId,
      mcpUrl: `${client.url}mcp`,
      cwd,
      folder,
      env: { ...env, ...noProxyTo(client.url, env), CORD_URL: client.url },
      permissionMode: options.permission_mode,
      isolate: options.isolate,
      graces: this.#graces,
    };
  }

  #progress(attempt: Attempt, progress: Progress): void {
    this.#options.onProgress(attempt.number, progress);
    this.#reporter.note(attempt, progress);
  }

  /** Renews all leases at once. What this engine holds no longer, it must not run on; what it holds and does not run, since the answer to its claim was lost, it gives back. */
  async #renew(): Promise<void> {
    const { client, runId } = this.#options;
    const before = new Map(this.#attempts);
    const { held } = await client.call("nodes/renew", {
      run_id: runId,
      engine: this.#name,
      trouble: this.#hold.sentence?.slice(0, longestTrouble) ?? null,
    });
    const epochs = new Map(held.map(({ node_id, epoch }) => [Number(node_id.slice(1)), epoch]));
    for (const [number, attempt] of before) {
      if (!attempt.completed && epochs.get(number) !== attempt.node.epoch)
        void attempt.stop(this.#graces.term);
    }
    if (this.#claiming || this.#stopping) return;
    for (const [number, epoch] of epochs) {
      if (before.has(number) || this.#attempts.has(number)) continue;
      const held = { run_id: runId, node_id: `#${number}`, epoch };
      await client
        .call("nodes/release", { ...held, reason: "the answer to its claim was lost" })
        .catch(unlessStale);
    }
  }

  /** At 80 % of the total budget everybody hears of it, once. */
  #spent(usd: number): void {
    const total = this.#options.options.total_budget_usd;
    if (total === null || this.#warned || usd < total * warnAt) return;
    this.#warned = true;
    const text = `The run has spent $${usd.toFixed(2)} of its $${total.toFixed(2)}.`;
    this.#options.onNotice(text);
    for (const attempt of this.#attempts.values())
      attempt.tell(`${text} Come to an end: hand in what you have with complete().`);
  }

  /** The run is over; agents may say their last words, so that what they cost is known. */
  async #finish(): Promise<void> {
    this.#stopping = true;
    while (this.#settling.size > 0) await Promise.all(this.#settling);
    this.#over.resolve({ how: "ended" });
  }

  /** A run that the daemon does not know any more, since its database is another now, never ends: it is given up. */
  readonly #unlessGone = (error: unknown) => {
    if (error instanceof CordError && error.code === "not_found") this.#over.reject(error);
    else this.#complain(error);
  };

  #complaint = "";

  /** The same trouble of many attempts is said once. */
  readonly #complain = (error: unknown) => {
    if (isDiskTrouble(error) && !this.#stopping) return this.#hold.by(this.#databaseTrouble(error));
    const complaint = messageOf(error);
    if (complaint !== this.#complaint) this.#options.onNotice(complaint);
    this.#complaint = complaint;
  };
}

/** Who holds a node's claim: an engine by its host, pid and start, so that another of that host can tell if it lives. */
function engineName(): string {
  const identity = processIdentity(process.pid);
  return `engine:${hostname()}:${process.pid}:${encodeURIComponent(identity?.startTime ?? "")}:${identity?.bootId ?? ""}`;
}

function isDeadEngine(name: string): boolean {
  const [kind, host, pid, startTime = "", bootId = ""] = name.split(":");
  if (kind !== "engine" || host !== hostname()) return false;
  return !isSameProcess({ pid: Number(pid), startTime: decodeURIComponent(startTime), bootId });
}
