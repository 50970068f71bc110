import { closeSync, openSync, readSync } from "node:fs";
import { LONGEST_LINE_BYTES } from "./gate.ts";

/**
 * Follows a file that another process appends to, line by line. It never looks by itself: read() is called when the
 * writer rang. The file is the buffer, so however far the reader is behind, it holds one chunk and one line.
 */
export class Follower {
  readonly #fd: number;
  readonly #onLine: (line: string) => void;
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #skipping = false;

  constructor(path: string, onLine: (line: string) => void) {
    this.#fd = openSync(path, "r");
    this.#onLine = onLine;
  }

  /** Reads one chunk. True if there may be more. */
  read(): boolean {
    const length = readSync(this.#fd, CHUNK, 0, CHUNK.length, null);
    // a line's reader may well start another read of another file: take what is needed out of the shared chunk first
    for (const line of this.#lines(CHUNK.subarray(0, length))) this.#onLine(line);
    return length === CHUNK.length;
  }

  /** Takes in what the writer could not write: behind all that the file holds by now. */
  insert(bytes: Buffer): void {
    while (this.read());
    for (const line of this.#lines(bytes)) this.#onLine(line);
  }

  /** Reads to the end, a last line without its newline too, and lets go of the file. */
  async finish(): Promise<void> {
    while (this.read()) await new Promise((next) => setImmediate(next));
    closeSync(this.#fd);
    if (this.#begunBytes > 0) this.#onLine(this.#take(Buffer.alloc(0)));
  }

  #lines(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#skipping) this.#skipping = false;
      else lines.push(this.#take(chunk.subarray(start, end)));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  #take(end: Buffer): string {
    const line = this.#begun.length === 0 ? end.toString() : Buffer.concat([...this.#begun, end]).toString();
    this.#begun = [];
    this.#begunBytes = 0;
    return line;
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0 || this.#skipping) return;
    this.#begun.push(Buffer.from(rest));
    this.#begunBytes += rest.length;
    if (this.#begunBytes <= LONGEST_LINE_BYTES) return;
    this.#skipping = true;
    this.#begun = [];
    this.#begunBytes = 0;
  }
}

const NEWLINE = 10;

/** One for all followers: they read in turns. */
const CHUNK = Buffer.allocUnsafeSlow(64 * 1024);
