import { framingIn, headersIn, Malformed, MessageReader, type Framing } from "../../core/http-message.ts";

/** The beginning of an HTTP answer. Names of headers are in small letters. */
export interface Head {
  status: number;
  headers: ReadonlyMap<string, string>;
}

interface Beginning extends Head {
  /** HTTP/1.0 */
  isOld: boolean;
  framing: Framing;
}

/** Reads one answer: as much of HTTP as a daemon says to requests of cord's own. */
export class AnswerReader extends MessageReader<Beginning> {
  /** Whether the connection can carry another request when this answer is over. */
  get keepsConnection(): boolean {
    if (this.head === null || this.head.isOld || !this.isOver || this.behind.length > 0) return false;
    return this.head.headers.get("connection")?.toLowerCase() !== "close";
  }

  protected checkStart(rest: Buffer): void {
    const start = rest.toString("latin1", 0, Math.min(rest.length, protocol.length));
    if (!protocol.startsWith(start)) throw new Malformed("it does not speak HTTP");
  }

  protected headIn(text: string): Beginning | null {
    const [first = "", ...lines] = text.split("\r\n");
    const [, minor, said] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(first) ?? [];
    if (said === undefined) throw new Malformed("its first line is none of HTTP");
    const status = Number(said);
    if (status === 101) throw new Malformed("it changes the protocol");
    if (status < 200) return null;
    const headers = headersIn(lines);
    const framing = status === 204 || status === 304 ? "none" : (framingIn(headers) ?? "connection");
    return { status, headers: new Map(Object.entries(headers)), isOld: minor === "0", framing };
  }

  protected framingOf({ framing }: Beginning): Framing {
    return framing;
  }
}

const protocol = "HTTP/1.";
