import { closeSync, openSync, readSync } from "node:fs";
import { afterAwake } from "../../system/awake-timer.ts";
import { Lines } from "./lines.ts";

/**
 * Follows a file that another process appends to, line by line. read() is called when the writer signals; nothing is
 * polled. The file is the buffer: however far behind, the reader holds one chunk and one line in memory.
 */
export class Follower {
  readonly #fd: number;
  readonly #onLine: (line: string) => void;
  readonly #onPause: () => void;
  #at: number;
  #readAt = 0;
  #stopTimer: (() => void) | null = null;
  readonly #lines = new Lines();

  /** onPause: nothing more has come for a while, after something had. from: where it begins, in bytes */
  constructor(path: string, onLine: (line: string) => void, onPause: () => void = () => {}, from = 0) {
    this.#fd = openSync(path, "r");
    this.#onLine = onLine;
    this.#onPause = onPause;
    this.#at = from;
  }

  /** Reads one chunk. True if there may be more. */
  read(): boolean {
    const length = readSync(this.#fd, chunk, 0, chunk.length, this.#at);
    this.#at += length;
    // a line's reader may start a read of another file: copy what is needed out of the shared chunk first
    for (const line of this.#lines.take(chunk.subarray(0, length))) this.#onLine(line);
    this.#readAt = performance.now();
    this.#stopTimer ??= this.#pauseLater(pauseMs);
    return length === chunk.length;
  }

  /** Takes in what the writer could not write: behind all that the file holds by now. */
  insert(bytes: Buffer): void {
    while (this.read());
    for (const line of this.#lines.take(bytes)) this.#onLine(line);
  }

  /** Reads to the end, a last line without its newline too, and lets go of the file. */
  async finish(): Promise<void> {
    while (this.read()) await new Promise((next) => setImmediate(next));
    this.#stopTimer?.();
    closeSync(this.#fd);
    if (this.#lines.hasBegun) this.#onLine(this.#lines.end());
  }

  /** One timer for all that comes until there is a pause. */
  #pauseLater(ms: number): () => void {
    return afterAwake(ms, () => {
      const leftMs = this.#readAt + pauseMs - performance.now();
      this.#stopTimer = leftMs > 0 ? this.#pauseLater(leftMs) : null;
      if (leftMs <= 0) this.#pause();
    });
  }

  /** A writer that waits for an answer to what it has written may have left out the newline. */
  #pause(): void {
    if (this.#lines.hasBegun && isObject(this.#lines.begun())) this.#onLine(this.#lines.end());
    this.#onPause();
  }
}

const pauseMs = 2_000;

function isObject(text: string): boolean {
  try {
    return text.trimEnd().endsWith("}") && typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

/** One for all followers: they read in turns. */
const chunk = Buffer.allocUnsafeSlow(64 * 1024);
