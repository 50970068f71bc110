/** A stream that gives a sign of life when it has been silent for long. */
interface Signing {
  signIfSilent(slackMs: number): void;
}

/**
 * Gives the signs of life of all streams by one timer: a thousand idle streams that each had a timer, and sent a piece of a
 * response, would cost some percent of a processor.
 */
export class Signs {
  readonly #streams = new Set<Signing>();
  #timer: NodeJS.Timeout | undefined;

  /** Until the returned function is called. */
  give(stream: Signing): () => void {
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => {
      for (const one of this.#streams) one.signIfSilent(everyMs);
    }, everyMs).unref();
    return () => {
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }
}

/** A few at a time: nobody else waits for all of them. */
const everyMs = 250;
