import { isDiskTrouble, type CordError } from "../core/error.ts";
import { Account } from "./account.ts";
import type { Attempt } from "./attempt.ts";
import type { EngineOptions, Ending } from "./engine-options.ts";
import { Hold, type Trouble } from "./hold.ts";
import { Outage } from "./outage.ts";
import type { GracePeriods } from "./run-context.ts";
import type { Verdict } from "./verdict.ts";

interface Hooks {
  /** its name */
  engine: string;
  signal: AbortSignal;
  graces: GracePeriods;
  /** Whether no agent is started any more. */
  isClosed(): boolean;
  /** Something may be started again. */
  claimSoon(): void;
  /** What holds it up is other than it was: the daemon is told. */
  renewSoon(): void;
  /** Rejects while the daemon cannot write. */
  renew(): Promise<void>;
  interrupt(ending: Ending): void;
  /** Trouble that is none of these. */
  onTrouble(error: unknown): void;
}

/** What holds up all of an engine's work: its machine, the account that its agents use, the API. Its begin and its end are said. */
export class HoldUps {
  readonly hold: Hold;
  readonly account: Account;
  readonly outage: Outage;
  readonly #options: EngineOptions;
  readonly #hooks: Hooks;

  constructor(options: EngineOptions, hooks: Hooks) {
    this.#options = options;
    this.#hooks = hooks;
    const { engine, signal, graces } = hooks;
    this.outage = new Outage((sentence) => this.#apiTrouble(sentence), graces.busy);
    this.account = new Account(options, {
      engine,
      signal,
      graces,
      onChange: (sentence) => this.#apiTrouble(sentence, "The account is open again: the run goes on."),
      onRoom: hooks.claimSoon,
      onStop: (how, reason) => hooks.interrupt({ how, reason }),
      onTrouble: this.complain,
    });
    this.hold = new Hold(
      { onChange: (sentence) => this.#holdChanged(sentence), onGivenUp: (sentence) => this.#halt(sentence) },
      options.holdTimes,
    );
  }

  /** What it is, as a sentence; null: nothing. */
  get sentence(): string | null {
    return this.hold.sentence ?? this.account.sentence ?? this.outage.sentence;
  }

  /** How many of so many may be started now. */
  room(free: number): number {
    return this.hold.open ? this.account.room(free) : 0;
  }

  /** What became of an attempt may concern all of them. */
  judged(verdict: Verdict, attempt: Attempt): void {
    if (verdict.kind === "outside") this.hold.by(verdict.trouble);
    if (verdict.kind === "limited" && verdict.isHeard) this.account.usedUp(verdict.parked, attempt);
    if (verdict.kind === "halted" && !this.#hooks.isClosed())
      this.#hooks.interrupt({ how: "halted", reason: verdict.reason });
  }

  /** The same trouble of many attempts is said once. */
  readonly complain = (error: unknown) => {
    if (isDiskTrouble(error) && !this.#hooks.isClosed()) this.hold.by(this.#databaseTrouble(error));
    else this.#hooks.onTrouble(error);
  };

  /** What runs runs on; nothing new is started. */
  #holdChanged(trouble: string | null): void {
    this.#options.onNotice(
      trouble === null ? "That is fixed: the run goes on." : `No agent is started for now. ${trouble}`,
    );
    if (trouble === null) this.#hooks.claimSoon();
    this.#hooks.renewSoon();
  }

  /** The API has no answer for now, which all attempts wait out; null: it answers again. */
  #apiTrouble(sentence: string | null, again = "The API answers again."): void {
    this.#options.onNotice(sentence ?? again);
    this.#hooks.renewSoon();
  }

  /** The daemon can write again as soon as it takes a renewal. */
  #databaseTrouble({ message }: CordError): Trouble {
    return { kind: "database", sentence: message, isOver: () => this.#hooks.renew().then(() => true) };
  }

  #halt(trouble: string): void {
    const reason = `${trouble} It was so for too long; go on with "cord run --resume".`;
    this.#hooks.interrupt({ how: "halted", reason });
  }
}
