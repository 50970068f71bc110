import { afterAwake } from "../system/awake-timer.ts";

/** Something of the machine that stops every agent. A person fixes it, or it passes. */
export interface Trouble {
  kind: "program" | "directory" | "disk" | "processes" | "database";
  /** what it is and what fixes it, for a person */
  sentence: string;
  /**
   * Checks whether it is over. Returns true where that cannot be seen: the next start tells. A throw counts as false.
   */
  isOver(): boolean | Promise<boolean>;
}

interface Hooks {
  /** What holds the launches up now; null: nothing does any more. */
  onChange(sentence: string | null): void;
  /** It was there for as long as a hold lasts. */
  onGivenUp(sentence: string): void;
}

/** Milliseconds. */
export interface HoldTimes {
  /** between two looks; longer, up to a minute, for what comes back as soon as it seemed to be over */
  lookMs: number;
  /** then a person has to go on with the run */
  maxMs: number;
}

const defaultTimes: HoldTimes = { lookMs: 3_000, maxMs: 3_600_000 };
const maxLookMs = 60_000;

/**
 * Stops an engine from launching agents while the machine is in trouble, so that no node fails because of it. It
 * checks by itself, and lets launches go on when all troubles are over. Nothing of it is stored: it ends with the
 * engine.
 */
export class Hold {
  readonly #hooks: Hooks;
  readonly #times: HoldTimes;
  readonly #troubles = new Map<Trouble["kind"], Trouble>();
  /** how each kind last went: when it seemed over, and how long its looks were apart */
  readonly #past = new Map<Trouble["kind"], { endedAt: number; lookMs: number; heldMs: number }>();
  readonly #held = new Map<Trouble["kind"], { since: number; lookMs: number; heldBefore: number }>();
  #told: string | null = null;
  #stopTimer: (() => void) | null = null;
  #closed = false;

  constructor(hooks: Hooks, times: HoldTimes = defaultTimes) {
    this.#hooks = hooks;
    this.#times = times;
  }

  /** Whether agents may be launched. */
  get open(): boolean {
    return this.#troubles.size === 0;
  }

  /** The first of what holds the launches up; null: nothing. */
  get trouble(): Trouble | null {
    const [first] = this.#troubles.values();
    return first ?? null;
  }

  /** What holds the launches up; null: nothing. */
  get sentence(): string | null {
    return this.open ? null : [...this.#troubles.values()].map(({ sentence }) => sentence).join(" ");
  }

  /** Stops launches until it is fixed. One of a kind that is there already changes nothing. */
  by(trouble: Trouble): void {
    const { kind } = trouble;
    if (this.#closed || this.#troubles.has(kind)) return;
    const now = performance.now();
    const past = this.#past.get(kind);
    const isBack = past !== undefined && now - past.endedAt < maxLookMs;
    this.#held.set(kind, {
      since: now,
      lookMs: isBack ? Math.min(past.lookMs * 2, maxLookMs) : this.#times.lookMs,
      heldBefore: isBack ? past.heldMs : 0,
    });
    this.#troubles.set(kind, trouble);
    this.#tell();
    this.#goOn();
  }

  /** Looks no more, and says nothing more. */
  close(): void {
    this.#closed = true;
    this.#stopTimer?.();
  }

  #lookLater(): void {
    this.#stopTimer?.();
    const waits = [...this.#held.values()].map(({ lookMs }) => lookMs);
    this.#stopTimer = afterAwake(Math.min(...waits), () => void this.#look());
  }

  async #look(): Promise<void> {
    for (const trouble of this.#troubles.values()) if (await isOver(trouble)) this.#release(trouble);
    if (this.#closed) return;
    this.#tell();
    if (!this.open) this.#goOn();
  }

  /** Checks again later, unless it has lasted too long. Trouble that keeps coming back is counted as one. */
  #goOn(): void {
    for (const [kind, { since, heldBefore }] of this.#held) {
      const sentence = this.#troubles.get(kind)?.sentence ?? "";
      if (heldBefore + performance.now() - since >= this.#times.maxMs) return this.#hooks.onGivenUp(sentence);
    }
    this.#lookLater();
  }

  #release({ kind }: Trouble): void {
    const held = this.#held.get(kind);
    this.#troubles.delete(kind);
    this.#held.delete(kind);
    if (held === undefined) return;
    const endedAt = performance.now();
    const heldMs = held.heldBefore + endedAt - held.since;
    this.#past.set(kind, { endedAt, lookMs: held.lookMs, heldMs });
  }

  #tell(): void {
    const { sentence } = this;
    if (sentence === this.#told) return;
    this.#told = sentence;
    this.#hooks.onChange(sentence);
  }
}

async function isOver(trouble: Trouble): Promise<boolean> {
  try {
    return await trouble.isOver();
  } catch {
    return false;
  }
}
