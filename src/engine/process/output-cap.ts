/** The engine does not read a longer line, and past the cap it is not stored: one turn of a model is far shorter. */
export const maxLineBytes = 16 * 1024 * 1024;

/**
 * The cap on an attempt's output. Up to it all bytes pass. After it only lines with a vital mark pass, such as the
 * agent's result, up to a cap of their own. So the file stays bounded, the agent is never blocked, and the engine
 * still gets what it needs. A cap without marks is for plain text: it keeps the end.
 */
export class OutputCap {
  readonly #marks: readonly Buffer[];
  #left: number;
  #shut = false;
  /** the line under way was begun below the cap; so much more of it passes */
  #finishing = 0;
  /** the line under way, begun above the cap; null: it is too long to pass */
  #line: Uint8Array[] | null = [];
  #lineBytes = 0;
  #dropped = 0;
  #last: Uint8Array = nothing;

  constructor(capBytes: number, vital: readonly string[]) {
    this.#left = capBytes;
    this.#marks = vital.map((mark) => Buffer.from(mark));
  }

  /** What of the chunk is to be written, in order; usually the chunk itself. */
  pass(chunk: Uint8Array): Uint8Array[] {
    if (this.#shut) return this.#filter(chunk);
    this.#left -= chunk.length;
    if (this.#left > 0) return [chunk];
    this.#shut = true;
    this.#left = vitalBytes;
    const linesEnd = chunk.lastIndexOf(newline) + 1;
    if (linesEnd === 0) {
      this.#finishing = maxLineBytes;
      return [chunk];
    }
    this.#begin(chunk.subarray(linesEnd));
    return [chunk.subarray(0, linesEnd)];
  }

  /** What ends the file: a vital line without its newline, how much is missing, and of plain text its last words. */
  close(): Uint8Array[] {
    const last = this.#shut ? this.#endLine() : [];
    if (this.#dropped === 0) return last;
    return [...last, Buffer.from(`\ncord dropped ${this.#dropped} bytes past the cap\n`), this.#last];
  }

  #filter(chunk: Uint8Array): Uint8Array[] {
    if (this.#marks.length === 0) this.#last = chunk.slice(-tailBytes);
    const passed: Uint8Array[] = [];
    const lineEnd = chunk.indexOf(newline) + 1;
    const rest = chunk.subarray(lineEnd);
    if (lineEnd === 0) return this.#continue(chunk);
    passed.push(...this.#continue(chunk.subarray(0, lineEnd)), ...this.#endLine());

    const linesEnd = rest.lastIndexOf(newline) + 1;
    passed.push(...this.#vitalLines(Buffer.from(rest.buffer, rest.byteOffset, linesEnd)));
    this.#begin(rest.subarray(linesEnd));
    return passed;
  }

  #begin(part: Uint8Array): void {
    this.#finishing = 0;
    this.#line = [];
    this.#lineBytes = 0;
    this.#continue(part);
  }

  /** More of the line under way. */
  #continue(part: Uint8Array): Uint8Array[] {
    if (this.#finishing > 0) return this.#finish(part);
    this.#lineBytes += part.length;
    if (this.#lineBytes > maxLineBytes) this.#line = null;
    this.#line?.push(part.slice());
    return [];
  }

  #finish(part: Uint8Array): Uint8Array[] {
    this.#finishing -= part.length;
    if (this.#finishing > 0) return [part];
    this.#line = null;
    this.#lineBytes = part.length;
    return [Uint8Array.of(newline)];
  }

  #endLine(): Uint8Array[] {
    if (this.#finishing > 0) return [];
    if (this.#line !== null) return this.#vitalLines(Buffer.concat(this.#line));
    this.#dropped += this.#lineBytes;
    return [];
  }

  /** Most chunks hold no mark at all, and so need not be taken apart. */
  #vitalLines(lines: Buffer): Uint8Array[] {
    if (!this.#isVital(lines)) {
      this.#dropped += lines.length;
      return [];
    }
    const passed: Uint8Array[] = [];
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(newline, start) + 1 || lines.length;
      const line = lines.subarray(start, end);
      if (this.#isVital(line) && line.length <= this.#left) {
        this.#left -= line.length;
        passed.push(line);
      } else this.#dropped += line.length;
      start = end;
    }
    return passed;
  }

  #isVital(text: Buffer): boolean {
    return this.#marks.some((mark) => text.includes(mark));
  }
}

const newline = 10;
const nothing = new Uint8Array();

/** What lines may add to the cap in all. */
const vitalBytes = 2 * maxLineBytes;

const tailBytes = 4096;
