import { Malformed } from "../../core/http-message.ts";

/** The text of a request's body, once all of it has come. It fails for one that is longer than it may be, or breaks off. */
export class IncomingBody {
  text: Promise<string>;
  readonly #maxBytes: number;
  #come = Promise.withResolvers<string>();
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;
  #isOver = false;
  isTooLong = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.text = this.#come.promise;
    this.text.catch(() => {}); // whoever reads it is told
  }

  /** Copied together at once: a body may come in as many pieces as it has bytes. */
  push(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (this.isTooLong || length > this.#maxBytes) return this.refuse();
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, Math.min(2 * this.#bytes.length, this.#maxBytes)));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  refuse(): void {
    this.isTooLong = true;
    this.fail(new Malformed("its body is too long"));
  }

  /** It has been read, and is not kept for as long as its answer lasts. */
  forget(): void {
    if (!this.#isOver) return;
    this.#come = Promise.withResolvers<string>();
    this.#come.resolve("");
    this.text = this.#come.promise;
    this.#bytes = empty;
    this.#length = 0;
  }

  end(): void {
    this.#isOver = true;
    this.#come.resolve(textIn(this.#bytes.subarray(0, this.#length)));
  }

  fail(error: Error): void {
    this.#bytes = empty;
    this.#length = 0;
    this.#come.reject(error);
  }
}

/** As a Request reads it: without a byte order mark. */
export function textIn(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

const empty = Buffer.alloc(0);
