import { capitalized, withoutFullStop } from "../core/wording.ts";
import { beginningOf } from "../core/text.ts";
import { afterAwake } from "../system/awake-timer.ts";
import { connectionCode, type ApiTrouble } from "./agents/api-trouble.ts";

/** How long an outage of the API is waited out. Milliseconds. */
interface OutageTimes {
  /** the first wait; doubled each time */
  firstWaitMs: number;
  /** the longest wait between two tries */
  maxWaitMs: number;
  /** after this time without an answer a person has to go on with the run */
  maxMs: number;
}

const defaultTimes: OutageTimes = { firstWaitMs: 10_000, maxWaitMs: 60_000, maxMs: 3_600_000 };

/** Trouble that is back so soon after it seemed over is the same: its waits go on growing. */
const sameWithinMs = 60_000;

interface Waiting {
  owner: object;
  onNotice(notice: string): void;
  resolve(how: "go" | Halt): void;
}

/** The trouble did not pass: the run halts, and can be resumed. */
interface Halt {
  reason: string;
}

/**
 * Waits out trouble with the API that passes, for all attempts of an engine together. From time to time one of them,
 * the probe, tries again, and its result counts for all. The outage ends when a probe gets an answer from the model.
 * Nothing of it is stored: after a crash the next engine finds out again.
 */
export class Outage {
  readonly #times: OutageTimes;
  readonly #onChange: (sentence: string | null) => void;
  readonly #waiting: Waiting[] = [];
  #trouble: ApiTrouble | null = null;
  #probe: object | null = null;
  #since = 0;
  #waitMs = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  #stopTimer: (() => void) | null = null;

  /** onChange: what the trouble is, once when it begins, and null when the API answers again */
  constructor(
    onChange: (sentence: string | null) => void,
    firstMs: number = defaultTimes.firstWaitMs,
    times: OutageTimes = { ...defaultTimes, firstWaitMs: firstMs },
  ) {
    this.#onChange = onChange;
    this.#times = times;
  }

  /** Whether the API is out of reach as far as is known: what wants to start has to wait. */
  get open(): boolean {
    return this.#trouble !== null;
  }

  /** What holds up all attempts; null: nothing. */
  get sentence(): string | null {
    if (this.#trouble === null) return null;
    return `${capitalized(sentenceOf(this.#trouble))}.`;
  }

  /**
   * Waits until this attempt may try the API: as the probe, or because the API answers again. `trouble` is what the
   * attempt met, if anything. `stopped` ends the wait. Resolves to a Halt when the trouble did not pass.
   */
  async wait(
    owner: object,
    trouble: ApiTrouble | null,
    stopped: Promise<void>,
    onNotice: (notice: string) => void,
  ): Promise<"go" | Halt> {
    const { promise, resolve } = Promise.withResolvers<"go" | Halt>();
    const waiting: Waiting = { owner, onNotice, resolve };
    this.#waiting.push(waiting);
    const isTold = trouble !== null && this.#met(owner, trouble);
    if (!isTold && this.#stopTimer === null && this.#probe === null) this.#later();
    else if (!isTold) this.#tell(waiting);
    const how = await Promise.race([promise, stopped.then(() => "go" as const)]);
    const at = this.#waiting.indexOf(waiting);
    if (at >= 0) this.#waiting.splice(at, 1);
    return how;
  }

  /** An attempt has heard from the model. */
  answered(owner: object): void {
    if (this.#probe !== owner) return;
    this.#trouble = null;
    this.#probe = null;
    this.#endedAt = performance.now();
    this.#onChange(null);
    this.#release("go");
  }

  /** One tries now: a person says so. */
  tryNow(): void {
    if (this.#stopTimer === null) return;
    this.#stopTimer();
    this.#try();
  }

  /** An attempt is over, however: if it was the probe, another is. */
  left(owner: object): void {
    if (this.#probe !== owner) return;
    this.#probe = null;
    this.#later();
  }

  /** True if this starts a new wait; all waiting attempts have then been told. */
  #met(owner: object, trouble: ApiTrouble): boolean {
    const isNew = this.#trouble === null;
    const wasProbe = this.#probe === owner;
    this.#trouble = trouble;
    if (wasProbe) this.#probe = null;
    const isBack = performance.now() - this.#endedAt < sameWithinMs;
    if (isNew && !isBack) {
      this.#since = performance.now();
      this.#waitMs = this.#times.firstWaitMs;
    } else if (isNew || wasProbe) this.#waitMs = Math.min(this.#waitMs * 2, this.#times.maxWaitMs);
    if (isNew) this.#onChange(this.sentence);
    if (!isNew && !wasProbe) return false;
    this.#later();
    return true;
  }

  /** Lets one that waits try, after the wait. */
  #later(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    const trouble = this.#trouble;
    if (trouble === null) return this.#release("go");
    const waitedMs = performance.now() - this.#since;
    if (waitedMs >= this.#times.maxMs) return this.#release({ reason: givenUp(trouble, waitedMs) });
    for (const waiting of this.#waiting) this.#tell(waiting);
    this.#stopTimer = afterAwake(this.#waitMs, () => this.#try());
  }

  #try(): void {
    this.#stopTimer = null;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#probe = next.owner;
    next.resolve("go");
  }

  #tell({ onNotice }: Waiting): void {
    if (this.#trouble === null) return;
    const when = this.#probe === null ? `in ${Math.ceil(this.#waitMs / 1000)}s` : "now";
    onNotice(`${beginningOf(sentenceOf(this.#trouble), noticeLength)}, trying again ${when}`);
  }

  #release(how: "go" | Halt): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(how);
  }
}

/** What a line of a screen has room for; the whole sentence is said of the run. */
const noticeLength = 160;

/** What the trouble is, in the API's own words. */
function sentenceOf({ status, words }: ApiTrouble): string {
  const code = status === null ? connectionCode(words) : null;
  if (code !== null) return code === "" ? "the API cannot be reached" : `the API cannot be reached (${code})`;
  const said = words === "" ? "" : `: ${withoutFullStop(words)}`;
  return status === null ? `the API gave no whole answer${said}` : `the API answers ${status}${said}`;
}

function givenUp(trouble: ApiTrouble, waitedMs: number): string {
  const minutes = Math.max(1, Math.round(waitedMs / 60_000));
  return `For ${minutes} min ${sentenceOf(trouble)}. See to the network, the account or the API's address; then go on with "cord run --resume".`;
}
