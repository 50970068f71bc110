import { maxLineBytes } from "./output-cap.ts";

/** Makes lines of what comes in pieces. It holds one line at most; one that is too long is skipped whole. */
export class Lines {
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #skipping = false;

  /** Whether a line has begun that has no end yet. */
  get hasBegun(): boolean {
    return this.#begunBytes > 0;
  }

  /** That line, as far as it has come. */
  begun(): string {
    return Buffer.concat(this.#begun).toString();
  }

  /** The lines that end in this piece, which may be used again afterwards. */
  take(piece: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start)) {
      if (this.#skipping) this.#skipping = false;
      else lines.push(this.#whole(piece.subarray(start, end)));
      start = end + 1;
    }
    this.#keep(piece.subarray(start));
    return lines;
  }

  /** Takes the line that has begun for a whole one. */
  end(): string {
    return this.#whole(Buffer.alloc(0));
  }

  #whole(end: Buffer): string {
    const line = this.#begun.length === 0 ? end.toString() : Buffer.concat([...this.#begun, end]).toString();
    this.#begun = [];
    this.#begunBytes = 0;
    return line;
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0 || this.#skipping) return;
    this.#begun.push(Buffer.from(rest));
    this.#begunBytes += rest.length;
    if (this.#begunBytes <= maxLineBytes) return;
    this.#skipping = true;
    this.#begun = [];
    this.#begunBytes = 0;
  }
}

const newline = 10;
