import { beyondTokens, moreTokens, spentText, type RunSpent, type WorkEnded } from "../core/run-limits.ts";
import type { RunOptions } from "../core/run.ts";
import { totalBudget, totalTokens, type RunLimit } from "../core/words.ts";
import { afterAwake } from "../system/awake-timer.ts";
import { spanOf } from "../core/wording.ts";
import type { Attempt } from "./attempt.ts";
import type { Claimed, Progress } from "./run-context.ts";

/** At this part of a limit agents are told to hand in what they have. */
const warnAt = 0.8;
/** The part of the run's time that syntheses have after it is up. Not less than the engine's grace, nor more than this. */
const synthesisPart = 0.1;
const maxSynthesisMs = 600_000;

/** An agent at work, as far as this is about it. */
interface Told extends Pick<Attempt, "tell" | "exceed"> {
  node: Pick<Claimed, "budget_usd" | "budget_tokens"> & { brief: Pick<Claimed["brief"], "phase"> };
}

interface Hooks {
  attempts(): Iterable<Told>;
  onNotice(text: string): void;
  /** Work is over at this limit. Resolves to what follows, and with nothing all works on; null: nobody knows, as the daemon could not be told. */
  endWork(limit: RunLimit): Promise<WorkEnded | null>;
  /** Nothing more is waited for. */
  onTimeUp(): void;
}

/**
 * Brings a run to its end before its limits cut it off. At 80 % of the run's time, total budget or tokens, and of one
 * agent's budget, agents are told once to hand in what they have. When the time or the tokens of work are used up, work
 * ends, and what there is is put together within what is kept for that. The total budget's own end is the daemon's: it
 * grants nothing more. Nothing of it is stored: each engine has the run's time anew.
 */
export class SoftEnd {
  readonly #options: RunOptions;
  readonly #minSynthesisMs: number;
  readonly #hooks: Hooks;
  /** whoever was told to come to an end */
  readonly #told = new WeakSet<object>();
  readonly #warned = new Set<RunLimit>();
  /** what those who begin later are told, too */
  #warning: string | null = null;
  /** the work has ended, or is being ended */
  #isWorkOver = false;
  #stopTimers: (() => void)[] = [];

  constructor(options: RunOptions, minSynthesisMs: number, hooks: Hooks) {
    this.#options = options;
    this.#minSynthesisMs = minSynthesisMs;
    this.#hooks = hooks;
  }

  /** The run's time begins. */
  start(): void {
    const { timeout_seconds: seconds } = this.#options;
    if (seconds === null) return;
    const ms = seconds * 1000;
    const text = `${spanOf(warnAt * ms)} of the run's ${spanOf(ms)} have passed.`;
    this.#after(warnAt * ms, () => this.#warn("time", text));
    this.#after(ms, () => void this.#timeIsUp(ms));
  }

  close(): void {
    for (const stop of this.#stopTimers.splice(0)) stop();
  }

  /** What the run has spent by now, and whether its work may use nothing more. */
  spent(spent: RunSpent, isWorkOver: boolean): void {
    const { total_budget_usd: usd, total_tokens: tokens } = this.#options;
    if (usd !== null && spent.usd >= usd * warnAt)
      this.#warn(totalBudget, spentText(totalBudget, spent, this.#options));
    if (tokens !== null && spent.tokens >= tokens * warnAt)
      this.#warn(totalTokens, spentText(totalTokens, spent, this.#options));
    if (!isWorkOver || this.#isWorkOver) return;
    this.#isWorkOver = true;
    void this.#tokensAreUsedUp();
  }

  /** What an agent has spent by now. */
  progress(attempt: Told, { pid, usd, inputTokens, outputTokens }: Progress): void {
    const { budget_usd: budget, budget_tokens: tokens, brief } = attempt.node;
    if (pid !== undefined && this.#warning !== null && brief.phase === "work")
      this.#tell(attempt, this.#warning);
    if (usd !== undefined && budget !== null && usd >= budget * warnAt)
      this.#tell(attempt, `You have spent $${usd.toFixed(2)} of the $${budget.toFixed(2)} that you may.`);
    if (tokens === null || inputTokens === undefined || outputTokens === undefined) return;
    const used = inputTokens + outputTokens;
    if (used >= tokens) attempt.exceed(beyondTokens(used));
    else if (used >= tokens * warnAt)
      this.#tell(attempt, `You have used ${used} of the ${tokens} tokens that you may.`);
  }

  #warn(limit: RunLimit, text: string): void {
    if (this.#warned.has(limit)) return;
    this.#warned.add(limit);
    this.#warning = text;
    this.#hooks.onNotice(text);
    for (const attempt of this.#hooks.attempts()) this.#tell(attempt, text);
  }

  /** Each agent once, whatever the limit: it is at its end already. */
  #tell(attempt: Told, text: string): void {
    if (this.#told.has(attempt)) return;
    this.#told.add(attempt);
    attempt.tell(`${text} Come to an end: hand in what you have with complete().`);
  }

  /** Where no synthesis follows, whoever works is ended alone, also one that is let go on later: none has a share of its own. */
  async #tokensAreUsedUp(): Promise<void> {
    const ended = await this.#hooks.endWork(totalTokens);
    if (ended === "synthesis")
      return this.#hooks.onNotice(
        "The tokens of the run are used up: its work ends, and what there is is put together.",
      );
    this.#isWorkOver = false;
    if (ended === null) return;
    const working = [...this.#hooks.attempts()].filter(({ node }) => node.brief.phase === "work");
    for (const attempt of working) attempt.exceed(moreTokens(this.#options));
  }

  async #timeIsUp(ms: number): Promise<void> {
    if ((await this.#hooks.endWork("time")) !== "synthesis") return this.#hooks.onTimeUp();
    const reserveMs = Math.max(this.#minSynthesisMs, Math.min(ms * synthesisPart, maxSynthesisMs));
    this.#hooks.onNotice(
      `The run's time is up: its work ends, and what there is is put together, for ${spanOf(reserveMs)} at most.`,
    );
    this.#after(reserveMs, () => this.#hooks.onTimeUp());
  }

  #after(ms: number, act: () => void): void {
    this.#stopTimers.push(afterAwake(ms, act));
  }
}
