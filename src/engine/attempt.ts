import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../core/error.ts";
import { promptOf } from "../core/prompt.ts";
import type { Client } from "../client/client.ts";
import type { AgentEvent, Launch } from "./agents/agent.ts";
import { afterAwake } from "../system/awake-timer.ts";
import { agentNamed } from "./agents/agents.ts";
import type { Trouble } from "./hold.ts";
import { blamed, diskTrouble, groundOf, programIdentity } from "./outside.ts";
import { startProcess, type AgentProcess } from "./process.ts";
import { Silence, type SilenceBounds } from "./silence.ts";
import { NotStarted } from "./start-failure.ts";
import { isAuthFailure, verdictOf, type Ended, type Verdict } from "./verdict.ts";

/** A node as the daemon gives it to an engine. */
export type Claimed = Awaited<ReturnType<typeof claimNodes>>["nodes"][number];

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
export interface Graces {
  /** after complete(): it says its last words, and what it cost */
  afterComplete: number;
  /** after its last turn ended: it may hang */
  afterResult: number;
  /** between TERM and KILL */
  term: number;
  /** the first wait for an API that is busy; doubled each time */
  busy: number;
}

export const usualGraces: Graces = { afterComplete: 15_000, afterResult: 2_000, term: 1_500, busy: 30_000 };

/** What is the same for all attempts of a run. */
export interface Bench {
  runId: string;
  mcpUrl: string;
  cwd: string;
  folder: string;
  env: Record<string, string | undefined>;
  permissionMode: string;
  isolate: boolean;
  graces: Graces;
  /** whether the daemon has been there since */
  daemon: { mark(): number; wasAwaySince(mark: number): Promise<boolean> };
  /** All calls of the message in which an agent handed in its result have come. */
  onHandedIn: (node: Claimed) => void;
  silence: SilenceBounds;
  /** The machine stands in the way of an agent that runs. */
  onTrouble: (trouble: Trouble) => void;
}

/** What an attempt tells while it runs; only what has changed. */
export interface Progress {
  pid?: number;
  dir?: string;
  sessionId?: string | null;
  model?: string | null;
  activity?: string | null;
  notice?: string | null;
  usd?: number;
  inputTokens?: number;
  outputTokens?: number;
  denials?: string[];
}

interface Spent {
  usd: number;
  inputTokens: number;
  outputTokens: number;
}

const mostStarts = 5;
/** As agents' readers write the name of cord's tool. */
const completeTool = "cord complete";
const mostBusyMs = 300_000;
const shownActivity = 200;

/** One attempt at a node: an agent process, started again where a start was none, until there is a verdict. */
export class Attempt {
  readonly node: Claimed;
  readonly number: number;
  readonly #bench: Bench;
  readonly #onProgress: (progress: Progress) => void;
  readonly #stop = Promise.withResolvers<void>();
  readonly #finished = Promise.withResolvers<void>();
  #process: AgentProcess | null = null;
  #silence: Silence | null = null;
  #graceMs: number;
  #completed = false;
  /** it has called complete() in the message that is under way */
  #handing = false;
  #stopped = false;
  #anew = false;
  #busyRounds = 0;
  #session: string | null = null;
  /** what earlier starts of this attempt have spent */
  #before: Spent = { usd: 0, inputTokens: 0, outputTokens: 0 };
  #spent: Spent = this.#before;

  constructor(node: Claimed, bench: Bench, onProgress: (progress: Progress) => void) {
    this.node = node;
    this.number = Number(node.node_id.slice(1));
    this.#bench = bench;
    this.#graceMs = bench.graces.term;
    this.#onProgress = onProgress;
  }

  /** Whether its result, or its decomposition, has been handed in; what still runs is only its last words. */
  get completed(): boolean {
    return this.#completed;
  }

  /** Runs it to its verdict. Never rejects. */
  async run(): Promise<Verdict> {
    let session = this.node.session_id;
    try {
      for (let starts = 1; ; starts += 1) {
        const mark = this.#bench.daemon.mark();
        this.#anew = false;
        const verdict = await this.#start(session);
        if (this.#anew && !this.#stopped && !this.#completed && verdict.kind !== "handIn") {
          session = this.#session;
          starts = 0;
        } else if (verdict.kind === "again" && verdict.noDaemon && (await this.#lost(mark))) starts = 0;
        else if (verdict.kind === "again" && starts < mostStarts) session = null;
        else if (verdict.kind === "again")
          return { kind: "failed", reason: `${verdict.why}, ${starts} times`, final: false };
        else if (verdict.kind === "limited") {
          await this.#waitForApi(verdict.status);
          session = this.#session;
          starts = 0;
        } else return verdict;
        if (this.#stopped) return { kind: "stopped" };
      }
    } finally {
      this.#finished.resolve();
    }
  }

  /** Says that the daemon has taken its result: it has a grace for its last words. */
  complete(): void {
    if (this.#completed) return;
    this.#completed = true;
    this.#endLater(this.#bench.graces.afterComplete);
  }

  /** Ends it, with all it has started. Resolves when nothing of it is left. A second call with no grace is at once. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    this.#graceMs = graceMs;
    this.#stop.resolve();
    await this.#process?.end({ graceMs });
    await this.#finished.promise;
  }

  /** Ends its agent and starts it again in its session: what it was started with holds no longer. */
  startAnew(): void {
    if (this.#completed || this.#stopped) return;
    this.#anew = true;
    void this.#process?.end({ graceMs: this.#bench.graces.term });
  }

  /** Whether the daemon was gone meanwhile: then a start was none because of that. */
  #lost(mark: number): Promise<boolean> {
    return this.#bench.daemon.wasAwaySince(mark).catch(() => false);
  }

  tell(text: string): boolean {
    this.#silence?.stir();
    return this.#process?.tell(text) ?? false;
  }

  async #start(resumed: string | null): Promise<Verdict> {
    if (this.#stopped) return { kind: "stopped" };
    const agent = agentNamed(this.node.agent);
    const seen = {
      began: false,
      connected: null as boolean | null,
      ended: null as Ended | null,
      refused: null as number | null,
      silent: null as string | null,
    };
    const launch = this.#launch(resumed);
    this.#session = launch.sessionId;
    this.#before = this.#spent;
    const ground = groundOf(agent, launch);
    const before = programIdentity(ground);
    const silence = this.#listen((reason) => {
      seen.silent = reason;
      void this.#process?.end({ graceMs: this.#bench.graces.term });
    });
    let child: AgentProcess;
    try {
      const onEvent = (event: AgentEvent) => this.#hear(event, seen);
      const onUnwritable = (code: string) => this.#bench.onTrouble(diskTrouble(launch.dir, code));
      child = await startProcess({ agent, launch, onEvent, onLine: () => silence.heard(), onUnwritable });
    } catch (error) {
      silence.close();
      if (this.#stopped) return { kind: "stopped" };
      if (error instanceof NotStarted && error.trouble !== null)
        return { kind: "outside", trouble: error.trouble };
      return { kind: "failed", reason: messageOf(error), final: false };
    }
    this.#process = child;
    letGoOf(launch.prompt);
    this.#onProgress({ pid: child.pid, dir: launch.dir, sessionId: launch.sessionId });
    if (this.#stopped || this.#anew) void child.end({ graceMs: this.#graceMs });
    const exit = await child.exited;
    this.#process = null;
    silence.close();
    const { completed, stopped } = { completed: this.#completed, stopped: this.#stopped };
    const verdict = verdictOf(
      {
        completed,
        stopped,
        connected: seen.connected,
        began: seen.began,
        resumed: resumed !== null,
        refusedStatus: seen.refused,
        silent: seen.silent,
        ended: seen.ended,
        exit,
      },
      agent.label,
    );
    return blamed(verdict, { ground, before, began: seen.began, code: exit.code });
  }

  #listen(onSilent: (reason: string) => void): Silence {
    const onNotice = (notice: string | null) => this.#onProgress({ notice });
    this.#silence = new Silence(this.#bench.silence, { onNotice, onSilent });
    return this.#silence;
  }

  #launch(resumed: string | null): Launch {
    const { node } = this;
    const {
      graces: _,
      daemon: __,
      onHandedIn: ___,
      silence: ____,
      onTrouble: _____,
      folder,
      ...bench
    } = this.#bench;
    const prompt = promptOf(node.brief, randomUUID().replaceAll("-", ""));
    letGoOf(prompt);
    return {
      ...bench,
      prompt,
      node: node.node_id,
      epoch: node.epoch,
      token: node.token,
      model: node.model,
      budgetUsd: node.budget_usd,
      sessionId: resumed ?? randomUUID(),
      resume: resumed !== null,
      dir: join(folder, `${this.number}-${node.epoch}`),
    };
  }

  #hear(
    event: AgentEvent,
    seen: { began: boolean; connected: boolean | null; ended: Ended | null; refused: number | null },
  ): void {
    switch (event.type) {
      case "started":
        seen.began = true;
        seen.connected ??= event.cordConnected;
        this.#onProgress({ model: event.model });
        if (event.cordConnected === false) void this.#process?.end({ graceMs: this.#bench.graces.term });
        return;
      case "message":
        return this.#messageOver();
      case "said":
        return this.#onProgress({ activity: shortened(event.text), notice: null });
      case "used":
        this.#handing ||= event.tool === completeTool;
        if (event.id !== null) this.#silence?.called(event.id, event.tool);
        return this.#onProgress({ activity: shortened(`${event.tool}: ${event.detail}`), notice: null });
      case "returned":
        return this.#returned(event.id);
      case "retrying":
        this.#silence?.waits(event.delayMs);
        if (isAuthFailure(event.status)) {
          seen.refused = event.status;
          void this.#process?.end({ graceMs: this.#bench.graces.term });
        }
        return this.#onProgress({ notice: retryNotice(event) });
      case "spent":
        return this.#onProgress({
          usd: event.usd,
          inputTokens: event.inputTokens,
          outputTokens: event.outputTokens,
        });
      case "ended":
        seen.ended = event;
        this.#messageOver();
        this.#spend(event);
        this.#onProgress({ denials: event.denials.map(({ tool }) => tool), notice: null });
        this.#silence?.rest();
        this.#process?.closeStdin();
        return this.#endLater(this.#bench.graces.afterResult);
      default:
        return event satisfies never;
    }
  }

  #messageOver(): void {
    if (this.#handing) this.#bench.onHandedIn(this.node);
    this.#handing = false;
  }

  /** With no call under way it thinks. */
  #returned(id: string): void {
    this.#silence?.returned(id);
    if (this.#silence?.calling === false) this.#onProgress({ activity: null, notice: null });
  }

  #spend({ usd, inputTokens, outputTokens }: Spent): void {
    const before = this.#before;
    this.#spent = {
      usd: before.usd + usd,
      inputTokens: before.inputTokens + inputTokens,
      outputTokens: before.outputTokens + outputTokens,
    };
    this.#onProgress(this.#spent);
  }

  /** Neither its exit nor the end of its output is awaited without a bound. */
  #endLater(ms: number): void {
    const child = this.#process;
    if (!child) return;
    const stop = afterAwake(ms, () => void child.end({ graceMs: this.#bench.graces.term }));
    void child.exited.then(stop);
  }

  async #waitForApi(status: number): Promise<void> {
    const ms = Math.min(this.#bench.graces.busy * 2 ** this.#busyRounds, mostBusyMs);
    this.#busyRounds += 1;
    this.#onProgress({ notice: `the API is busy (${status}), going on in ${Math.ceil(ms / 1000)}s` });
    const waited = Promise.withResolvers<void>();
    const timer = setTimeout(waited.resolve, ms);
    await Promise.race([waited.promise, this.#stop.promise]);
    clearTimeout(timer);
    this.#onProgress({ notice: null });
  }
}

const bulkyPrompt = 1_000_000;

/** A prompt of megabytes leaves several times its size behind it, which the collector would be in no hurry to find. */
function letGoOf({ length }: string): void {
  if (length > bulkyPrompt) Bun.gc(true);
}

function retryNotice(event: Extract<AgentEvent, { type: "retrying" }>): string {
  const what =
    event.status === 429
      ? "rate limited"
      : event.status === 529
        ? "the API is overloaded"
        : `API error ${event.status ?? event.message}`;
  return `${shortened(what)}, retry ${event.attempt} in ${Math.ceil(event.delayMs / 1000)}s`;
}

function shortened(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, shownActivity);
}
