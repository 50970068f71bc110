/** The beginning of an HTTP answer. Names of headers are in small letters. */
export interface Head {
  status: number;
  headers: ReadonlyMap<string, string>;
}

interface Beginning extends Head {
  /** HTTP/1.0 */
  isOld: boolean;
}

/** What came is no answer of HTTP/1, or breaks off in the middle of one. */
export class Malformed extends Error {}

/** Longer beginnings, and longer lines between chunks, are none of a daemon's. */
const mostHeadBytes = 65_536;
const mostLineBytes = 1024;

type Part =
  | "head"
  /** so many bytes of the body are to come */
  | "length"
  | "chunk size"
  | "chunk"
  | "chunk end"
  | "trailer"
  /** the body ends with the connection */
  | "rest"
  | "over";

/**
 * Reads one answer of HTTP/1.1, or 1.0, from the pieces in which it comes (RFC 9112, sections 4 to 7): as much of it as a daemon
 * says to requests of cord's own. What it does not know is malformed, so nothing is taken for an answer that is none.
 */
export class AnswerReader {
  head: Beginning | null = null;
  #part: Part = "head";
  #left = 0;
  #begun: Buffer = empty;

  get isOver(): boolean {
    return this.#part === "over";
  }

  /** Whether the connection can carry another request when this answer is over. */
  get keepsConnection(): boolean {
    if (this.head === null || this.head.isOld || !this.isOver || this.#begun.length > 0) return false;
    return this.head.headers.get("connection")?.toLowerCase() !== "close";
  }

  /** The pieces of the body that these bytes bring. Throws Malformed. */
  push(bytes: Buffer): Buffer[] {
    let rest = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    this.#begun = empty;
    const body: Buffer[] = [];
    while (rest.length > 0 && this.#part !== "over") {
      const taken = this.#take(rest, body);
      if (taken === 0) break;
      rest = rest.subarray(taken);
    }
    this.#begun = rest;
    return body;
  }

  /** The connection has ended. Throws Malformed if the answer had not. */
  close(): void {
    if (this.#part === "rest") this.#part = "over";
    if (this.#part !== "over") throw new Malformed("the answer breaks off");
  }

  /** How many bytes were of use; 0: more have to come first. */
  #take(rest: Buffer, body: Buffer[]): number {
    switch (this.#part) {
      case "head":
        return this.#takeHead(rest);
      case "length":
      case "chunk":
        return this.#takeBody(rest, body);
      case "chunk size":
        return this.#takeLine(rest, (line) => this.#sized(line));
      case "chunk end":
        return this.#takeLine(rest, (line) => {
          if (line !== "") throw new Malformed("a chunk is longer than it says");
          this.#part = "chunk size";
        });
      case "trailer":
        return this.#takeLine(rest, (line) => {
          if (line === "") this.#part = "over";
        });
      case "rest":
        body.push(rest);
        return rest.length;
      case "over":
        return 0;
      default:
        return this.#part satisfies never;
    }
  }

  #takeHead(rest: Buffer): number {
    const start = rest.toString("latin1", 0, Math.min(rest.length, protocol.length));
    if (!protocol.startsWith(start)) throw new Malformed("it does not speak HTTP");
    const end = rest.indexOf("\r\n\r\n");
    if (end === -1 || end > mostHeadBytes) {
      if (rest.length > mostHeadBytes) throw new Malformed("its headers do not end");
      return 0;
    }
    const head = headIn(rest.toString("latin1", 0, end));
    if (head.status === 101) throw new Malformed("it changes the protocol");
    if (head.status >= 200) {
      this.head = head;
      this.#begin(head);
    }
    return end + 4;
  }

  #begin({ status, headers }: Head): void {
    const [coding, length] = [headers.get("transfer-encoding"), headers.get("content-length")];
    if (status === 204 || status === 304) this.#part = "over";
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked") throw new Malformed(`its body is in ${coding}`);
      this.#part = "chunk size";
    } else if (length === undefined) this.#part = "rest";
    else {
      if (!/^\d{1,15}$/.test(length)) throw new Malformed("its length is no number");
      this.#expect("length", Number(length), "over");
    }
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

  #takeBody(rest: Buffer, body: Buffer[]): number {
    const taken = Math.min(this.#left, rest.length);
    body.push(rest.subarray(0, taken));
    this.#left -= taken;
    if (this.#left === 0) this.#part = this.#part === "length" ? "over" : "chunk end";
    return taken;
  }

  #takeLine(rest: Buffer, read: (line: string) => void): number {
    const end = rest.indexOf("\r\n");
    if (end > mostLineBytes || (end === -1 && rest.length > mostLineBytes))
      throw new Malformed("a line between its chunks does not end");
    if (end === -1) return 0;
    read(rest.toString("latin1", 0, end));
    return end + 2;
  }
}

const empty = Buffer.alloc(0);
const protocol = "HTTP/1.";

function headIn(text: string): Beginning {
  const [first = "", ...lines] = text.split("\r\n");
  const [, minor, status] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(first) ?? [];
  if (status === undefined) throw new Malformed("its first line is none of HTTP");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new Malformed("a header is none");
    const known = name.toLowerCase();
    if (headers.has(known) && (known === "content-length" || known === "transfer-encoding"))
      throw new Malformed("it says its length twice");
    headers.set(known, value);
  }
  return { status: Number(status), headers, isOld: minor === "0" };
}
