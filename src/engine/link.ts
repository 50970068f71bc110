import { retry, retryPolicies, type RetryPolicy } from "../client/connection/retry.ts";
import { messageOf } from "../core/error.ts";

interface LinkOptions {
  /** resolves once the daemon can be asked, wherever it listens now; else throws what is in the way */
  find: () => Promise<void>;
  url: () => string;
  /** other than by default */
  retries?: Partial<RetryPolicy> | undefined;
  onNotice: (sentence: string) => void;
  /** it listens elsewhere now */
  onMoved: () => void;
}

/**
 * An engine's connection to its daemon. Every call that loses the daemon waits here, and all wait for the same
 * search. Each trouble is reported once, and so is its end.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #end = new AbortController();
  readonly #troubles = new Set<string>();
  #url: string;
  #looking: Promise<void> | null = null;
  #losses = 0;
  #sentence: string | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#url = options.url();
  }

  /** Aborted: nothing more is asked of the daemon, and nothing that it may still say is waited for. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Why the daemon cannot be asked now; null: it can, as far as is known. */
  get sentence(): string | null {
    return this.#sentence;
  }

  /** Ends what waits for the daemon. */
  abandon(): void {
    this.#end.abort(new DaemonLeft("The engine goes without the daemon's last word."));
  }

  /** The daemon was found gone. Resolves once it can be asked again. Throws what is in its way when it is given up. */
  back(): Promise<void> {
    this.#losses += 1;
    return this.#look();
  }

  /** How things stand now, for `wasAwaySince`. */
  mark(): number {
    return this.#looking === null ? this.#losses : -1;
  }

  /** Resolves once the daemon can be asked: whether it was gone at any time since the mark. */
  async wasAwaySince(mark: number): Promise<boolean> {
    await this.#look();
    return this.#losses !== mark;
  }

  /** Tells of trouble with the daemon, each once until it takes what it is told. */
  readonly trouble = (error: unknown) => {
    if (error instanceof DaemonLeft) return;
    const said = messageOf(error);
    if (this.#troubles.has(said)) return;
    this.#troubles.add(said);
    this.#options.onNotice(said);
  };

  /** The daemon takes what it is told. */
  well(): void {
    this.#troubles.clear();
    const { url, onNotice, onMoved } = this.#options;
    if (url() === this.#url) return;
    this.#url = url();
    onNotice(`The daemon listens at ${this.#url} now; the agents go on there, in their sessions.`);
    onMoved();
  }

  #look(): Promise<void> {
    this.#looking ??= this.#untilFound().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #untilFound(): Promise<void> {
    const { find, retries, onNotice } = this.#options;
    const policy = { ...retryPolicies.engine, ...retries };
    let wasAway = false;
    const onRetry = (error: unknown) => {
      wasAway = true;
      this.#sentence = messageOf(error);
      this.trouble(error);
    };
    await retry(find, { policy, signal: this.signal, onRetry });
    this.#sentence = null;
    if (wasAway) {
      this.#losses += 1;
      onNotice("The daemon answers again.");
    }
    this.well();
  }
}

/** What ends a wait for a daemon that is left. */
export class DaemonLeft extends Error {}
