/** What came is no message of HTTP/1, or breaks off in the middle of one. */
export class Malformed extends Error {}

/** How a message's body ends: with its head, after so many bytes, by its last chunk, or with the connection. */
export type Framing = "none" | number | "chunked" | "connection";

/** Longer beginnings, and longer lines between chunks, are none of ours. */
const maxHeadBytes = 65_536;
const maxLineBytes = 1024;

type Part =
  | "head"
  /** how many bytes of the body are to come */
  | "length"
  | "chunk size"
  | "chunk"
  | "chunk end"
  | "trailer"
  /** the body ends with the connection */
  | "rest"
  | "over";

/**
 * Reads one message of HTTP/1.1, or 1.0, from the pieces in which it comes (RFC 9112, sections 2 and 5 to 7). What it does not
 * know is malformed, so nothing is taken for a message that is none.
 */
export abstract class MessageReader<Head> {
  head: Head | null = null;
  #part: Part = "head";
  #left = 0;
  #begun: Buffer = empty;

  get isOver(): boolean {
    return this.#part === "over";
  }

  /** What came behind the message. */
  get behind(): Buffer {
    return this.isOver ? this.#begun : empty;
  }

  /** The pieces of the body that these bytes bring. Throws Malformed. */
  push(bytes: Buffer): Buffer[] {
    const all = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    const body: Buffer[] = [];
    let at = 0;
    while (at < all.length && this.#part !== "over") {
      const taken = this.#take(all, at, body);
      if (taken === 0) break;
      at += taken;
    }
    this.#begun = at === all.length ? empty : all.subarray(at);
    return body;
  }

  /** The connection has ended. Throws Malformed if the message had not. */
  close(): void {
    if (this.#part === "rest") this.#part = "over";
    if (this.#part !== "over") throw new Malformed("the message breaks off");
  }

  /** Throws Malformed when no head can begin so. */
  protected abstract checkStart(rest: Buffer): void;

  /** The head in these lines; null for one that only announces another. Throws Malformed. */
  protected abstract headIn(text: string): Head | null;

  protected abstract framingOf(head: Head): Framing;

  /** How many bytes from a place on were of use; 0: more have to come first. */
  #take(all: Buffer, at: number, body: Buffer[]): number {
    switch (this.#part) {
      case "head":
        return this.#takeHead(all, at);
      case "length":
      case "chunk":
        return this.#takeBody(all, at, body);
      case "chunk size":
        return this.#takeLine(all, at, (line) => this.#sized(line));
      case "chunk end":
        return this.#takeLine(all, at, (line) => {
          if (line !== "") throw new Malformed("a chunk is longer than it says");
          this.#part = "chunk size";
        });
      case "trailer":
        return this.#takeLine(all, at, (line) => {
          if (line === "") this.#part = "over";
        });
      case "rest":
        body.push(at === 0 ? all : all.subarray(at));
        return all.length - at;
      case "over":
        return 0;
      default:
        return this.#part satisfies never;
    }
  }

  #takeHead(all: Buffer, at: number): number {
    this.checkStart(at === 0 ? all : all.subarray(at));
    const end = all.indexOf("\r\n\r\n", at, "latin1");
    if (end === -1 || end - at > maxHeadBytes) {
      if (all.length - at > maxHeadBytes) throw new Malformed("its headers do not end");
      return 0;
    }
    const head = this.headIn(all.toString("latin1", at, end));
    if (head !== null) {
      this.head = head;
      this.#begin(this.framingOf(head));
    }
    return end + 4 - at;
  }

  #begin(framing: Framing): void {
    if (framing === "none") this.#part = "over";
    else if (framing === "chunked") this.#part = "chunk size";
    else if (framing === "connection") this.#part = "rest";
    else this.#expect("length", framing, "over");
  }

  #sized(line: string): void {
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
    if (size === undefined) throw new Malformed("a chunk has no size");
    this.#expect("chunk", Number.parseInt(size, 16), "trailer");
  }

  #expect(part: Part, bytes: number, otherwise: Part): void {
    this.#left = bytes;
    this.#part = bytes === 0 ? otherwise : part;
  }

  #takeBody(all: Buffer, at: number, body: Buffer[]): number {
    const taken = Math.min(this.#left, all.length - at);
    body.push(all.subarray(at, at + taken));
    this.#left -= taken;
    if (this.#left === 0) this.#part = this.#part === "length" ? "over" : "chunk end";
    return taken;
  }

  #takeLine(all: Buffer, at: number, read: (line: string) => void): number {
    const end = all.indexOf("\r\n", at, "latin1");
    if (end - at > maxLineBytes || (end === -1 && all.length - at > maxLineBytes))
      throw new Malformed("a line between its chunks does not end");
    if (end === -1) return 0;
    read(all.toString("latin1", at, end));
    return end + 2 - at;
  }
}

const empty = Buffer.alloc(0);

/** Headers by their names in small letters; of those that come several times, the last. */
export type Headers = Readonly<Record<string, string>>;

/** Throws Malformed for a line that is no header, and for a second one of these, or of those that tell a body's length. */
export function headersIn(lines: readonly string[], single: readonly string[] = []): Headers {
  if (lines.length > maxHeaders) throw new Malformed("it has too many headers");
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!fieldName.test(name) || control.test(value)) throw new Malformed("a header is none");
    if (name in headers && (lengths.has(name) || single.includes(name)))
      throw new Malformed(`it says its ${name} twice`);
    headers[name] = value;
  }
  return headers;
}

const maxHeaders = 128;
const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// eslint-disable-next-line no-control-regex
const control = /[\x00-\x08\n-\x1f\x7f]/;
const lengths: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);

/** What the headers of a message say of its body; null: nothing. Throws Malformed. */
export function framingIn(headers: Headers): "chunked" | number | null {
  const { "transfer-encoding": coding, "content-length": length } = headers;
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked") throw new Malformed(`its body is in ${coding}`);
    return "chunked";
  }
  if (length === undefined) return null;
  if (!/^\d{1,15}$/.test(length)) throw new Malformed("its length is no number");
  return Number(length);
}
