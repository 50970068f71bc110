import { retry, retryPolicies } from "../client/connection/retry.ts";
import { closedText, parkingFor, type Parking as Parked, type UsageWindow } from "../core/account.ts";
import type { DataOf } from "../core/event.ts";
import { accountBounds } from "../core/limits.ts";
import { wallClock } from "../system/wall-clock.ts";
import { agentNamed } from "./agents/agents.ts";
import type { EngineOptions } from "./engine-options.ts";
import { Parking, parkingTimes } from "./parking.ts";
import type { GracePeriods } from "./run-context.ts";

interface Hooks {
  engine: string;
  signal: AbortSignal;
  graces: GracePeriods;
  /** What all agents wait for; null: they go on. */
  onChange: (sentence: string | null) => void;
  onRoom: () => void;
  /** The run is to be left: by its policy, or because a person has to see to the account. */
  onStop: (how: "limited" | "halted", sentence: string) => void;
  onTrouble: (error: unknown) => void;
}

/** How long what is left of the account may be kept here before the daemon is told. */
const noteAfterMs = 2000;
/** How long an engine that leaves waits for the daemon to take what is left. */
const leaveWithinMs = 2000;

/**
 * The account that the agents of an engine use. What they hear of its allowance goes to the daemon, and parks the run
 * when nothing is left; what others hear of it comes from there.
 */
export class Account {
  readonly #options: EngineOptions;
  readonly #hooks: Hooks;
  readonly #parking: Parking;
  readonly #windows = new Map<string, UsageWindow>();
  /** heard since the daemon was told last */
  readonly #news = new Map<string, UsageWindow>();
  readonly #stopped = new WeakSet();
  readonly #quit = new AbortController();
  #told: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: EngineOptions, hooks: Hooks) {
    const { onChange, onRoom, onStop, graces } = hooks;
    this.#options = options;
    this.#hooks = hooks;
    this.#parking = new Parking(
      {
        onChange,
        onRoom,
        onAnswered: () => this.#tell("answered"),
        onGivenUp: (sentence) => onStop("halted", stillUsedUp(sentence)),
      },
      options.options.jobs,
      parkingTimes(graces),
    );
  }

  /** What all agents wait for; null: nothing. */
  get sentence(): string | null {
    return this.#parking.sentence;
  }

  /** How many of so many may be started now. */
  room(free: number): number {
    return this.#parking.room(free);
  }

  /** Hears from the daemon whether the account is known to be used up. To be called before anything is claimed. */
  async begin(): Promise<void> {
    const { parked, windows } = await this.#note("begins");
    for (const window of windows) this.#windows.set(window.name, window);
    if (windows.length > 0) this.#options.onWindows?.(windows);
    if (parked === null) return;
    this.#parking.park(parked);
    // who does not wait has come to see whether it is open again
    if (this.#options.options.on_limit === "stop") this.#parking.tryNow();
  }

  /** An attempt was claimed. */
  claimed(attempt: object): void {
    this.#parking.claimed(attempt);
  }

  /** Why an attempt may not start an agent now; null: it may. */
  parkedFor(attempt: object): Parked | null {
    return this.#parking.parkedFor(attempt);
  }

  /** The model has answered an attempt. */
  answered(attempt: object): void {
    this.#parking.answered(attempt);
  }

  /** An attempt is over. */
  left(attempt: object): void {
    this.#parking.left(attempt);
  }

  /** The agent of an attempt has heard what is left. */
  heard(windows: readonly UsageWindow[], attempt: object): void {
    for (const window of windows) {
      keep(this.#windows, window);
      keep(this.#news, window);
    }
    this.#options.onWindows?.([...this.#windows.values()]);
    const parked = parkingFor(windows);
    if (parked !== null) this.usedUp(parked, attempt);
    else this.#timer ??= setTimeout(() => this.#tell(), noteAfterMs);
  }

  /** An attempt is stopped by it. It hears so first, and it is over somewhat later: that is told once. */
  usedUp(parked: Parked, attempt: object): void {
    if (this.#stopped.has(attempt)) return;
    this.#stopped.add(attempt);
    if (this.#parking.isParked) return;
    this.#tell("used up");
    this.#park(parked);
  }

  /** The daemon says that the run is parked. Of what this engine has told it knows. */
  parked({ by, from, reason, until }: DataOf<"run.parked">): void {
    if (!this.#isOwn(by, from)) this.#park({ reason, until });
  }

  /** The daemon says that the run goes on: another run's agent was answered, or a person wants it tried. */
  unparked({ by, from }: DataOf<"run.unparked">): void {
    if (from === undefined) this.#parking.tryNow();
    else if (!this.#isOwn(by, from)) this.#parking.open();
  }

  /** Resolves when the daemon knows all that was heard, or does not take it soon. */
  async leave(): Promise<void> {
    this.#parking.close();
    if (this.#news.size > 0) this.#tell();
    const timer = setTimeout(() => this.#quit.abort(), leaveWithinMs);
    await this.#told;
    clearTimeout(timer);
  }

  #isOwn(by: string | null, from: string): boolean {
    return by === this.#hooks.engine && from === this.#options.runId;
  }

  #park(parked: Parked): void {
    if (this.#options.options.on_limit === "wait") return this.#parking.park(parked);
    this.#parking.close();
    void this.#told.then(() => this.#hooks.onStop("limited", closedText(parked, wallClock())));
  }

  /** One after the other, so that the last word is the last. */
  #tell(heard?: "used up" | "answered"): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const windows = [...this.#news.values()];
    this.#news.clear();
    this.#told = this.#told
      .then(() => this.#note(heard, windows))
      .catch((error: unknown) => {
        if (!this.#quit.signal.aborted) this.#hooks.onTrouble(error);
      });
  }

  #note(heard?: "begins" | "used up" | "answered", windows: UsageWindow[] = []) {
    const { client, runId, options, env } = this.#options;
    const { engine, onTrouble } = this.#hooks;
    const signal = AbortSignal.any([this.#hooks.signal, this.#quit.signal]);
    // looked up each time: a person may have logged in otherwise meanwhile
    const account = agentNamed(options.agent).account(env) ?? `run:${runId}`;
    const told = { run_id: runId, engine, account, windows, ...(heard ? { heard } : {}) };
    const note = () => client.call("accounts/note", told, signal);
    return retry(note, { policy: retryPolicies.settle, signal, onRetry: onTrouble });
  }
}

/** As many as the daemon takes, those that were heard of last: an agent's program may name any number. */
function keep(windows: Map<string, UsageWindow>, window: UsageWindow): void {
  windows.delete(window.name);
  windows.set(window.name, window);
  const [oldest = ""] = windows.keys();
  if (windows.size > accountBounds.windows) windows.delete(oldest);
}

function stillUsedUp(sentence: string): string {
  return `${sentence} It is so for hours after it should be open again. See to the account, or use another login; then go on with "cord run --resume".`;
}
