import { CordError, messageOf } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import { Attempt } from "./attempt.ts";
import type { RunContext, Claimed, GracePeriods, Progress } from "./run-context.ts";
import { settle, type SettleContext } from "./settle.ts";
import { Siblings } from "./siblings.ts";
import type { Final } from "./verdict.ts";

interface Hooks {
  context: () => RunContext;
  settleContext: () => SettleContext;
  onProgress: (attempt: Attempt, progress: Progress) => void;
  /** Before the node is given back, and may be claimed again. */
  onVerdict: (verdict: Final, attempt: Attempt) => void;
  /** There is room for another. */
  onOver: () => void;
  onTrouble: (error: unknown) => void;
}

/** The attempts of an engine, each from its claim until the daemon knows how it ended. */
export class Attempts {
  readonly #graceMs: number;
  readonly #hooks: Hooks;
  readonly #siblings: Siblings;
  readonly #byNumber = new Map<number, Attempt>();
  readonly #settling = new Set<Promise<void>>();
  #isClosed = false;

  constructor({ term, siblings }: Pick<GracePeriods, "term" | "siblings">, hooks: Hooks) {
    this.#graceMs = term;
    this.#siblings = new Siblings(siblings);
    this.#hooks = hooks;
  }

  /** By the numbers of their nodes. */
  get all(): ReadonlyMap<number, Attempt> {
    return this.#byNumber;
  }

  /** How many agents are at work. */
  get running(): number {
    return [...this.#byNumber.values()].filter((attempt) => !attempt.completed).length;
  }

  /** Whether no agent is started any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when the daemon knows how each current attempt ended; null: there are none. */
  get settling(): Promise<unknown> | null {
    return this.#settling.size === 0 ? null : Promise.all(this.#settling);
  }

  /** The one that an event is about; none if that is of another epoch. */
  of({ node }: Event): Attempt | undefined {
    const attempt = node === null ? undefined : this.#byNumber.get(node.number);
    return attempt?.node.epoch === node?.epoch ? attempt : undefined;
  }

  begin(node: Claimed): void {
    const settling = this.#work(node).catch(this.#hooks.onTrouble);
    this.#settling.add(settling);
    void settling.finally(() => this.#settling.delete(settling));
  }

  /** Starts no agent any more; those that run go on. */
  close(): void {
    this.#isClosed = true;
  }

  /** Starts agents again. */
  open(): void {
    this.#isClosed = false;
  }

  /** Ends all, and starts none any more. Once closed, at once. */
  async stop(): Promise<void> {
    const graceMs = this.#isClosed ? 0 : this.#graceMs;
    this.close();
    await Promise.all([...this.#byNumber.values()].map((attempt) => attempt.stop(graceMs)));
  }

  /** An older one at the same node, in its last words, is ended first: no node runs twice. */
  async #work(node: Claimed): Promise<void> {
    const { context, settleContext, onProgress, onVerdict, onOver } = this.#hooks;
    const attempt = new Attempt(node, context(), (progress) => {
      if (isAnswer(progress)) this.#siblings.answered(node);
      onProgress(attempt, progress);
    });
    const { number } = attempt;
    const older = this.#byNumber.get(number);
    this.#byNumber.set(number, attempt);
    await older?.stop(this.#graceMs);
    if (this.#isClosed) void attempt.stop(0);
    try {
      await this.#siblings.turn(node, attempt.stopping);
      const verdict = await attempt.run().catch(asFailure);
      onVerdict(verdict, attempt);
      await settle(settleContext(), attempt, verdict);
    } finally {
      this.#siblings.over(node);
      if (this.#byNumber.get(number) === attempt) this.#byNumber.delete(number);
      onOver();
    }
  }
}

/** Whether the model has said or called something. */
function isAnswer({ activity }: Progress): boolean {
  return typeof activity === "string";
}

/** What nobody foresaw is of that node alone; what cord itself refuses would be refused again. */
function asFailure(error: unknown): Final {
  return { kind: "failed", reason: messageOf(error), final: error instanceof CordError };
}
