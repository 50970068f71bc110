import {
  framingIn,
  headersIn,
  Malformed,
  MessageReader,
  type Framing,
  type Headers,
} from "../../core/http-message.ts";

/** The beginning of an HTTP request. Names of headers are in small letters. */
export interface RequestHead {
  method: string;
  target: string;
  headers: Headers;
  /** whether another request may follow on its connection */
  keepsConnection: boolean;
  /** HTTP/1.0 */
  isOld: boolean;
  framing: Framing;
}

/** Reads one request (RFC 9112, section 3). */
export class RequestReader extends MessageReader<RequestHead> {
  protected checkStart(rest: Buffer): void {
    const first = rest[0] ?? 0;
    const isLetter = first >= 0x41 && first <= 0x5a;
    if (!isLetter && first !== 0x0d) throw new Malformed("it does not begin with a method");
  }

  protected headIn(text: string): RequestHead | null {
    const known = knownHeads.get(text);
    if (known !== undefined) return known;
    if (text === "" || text === "\r\n") return null; // empty lines before a request are passed over
    const head = requestHeadIn(text);
    remember(text, head);
    return head;
  }

  protected framingOf({ framing }: RequestHead): Framing {
    return framing;
  }
}

/** The heads that came last, by their texts: a client sends the same one with most of its requests. */
const knownHeads = new Map<string, RequestHead>();
const maxKnown = { heads: 256, characters: 2048 } as const;

function remember(text: string, head: RequestHead): void {
  if (text.length > maxKnown.characters) return;
  if (knownHeads.size >= maxKnown.heads) knownHeads.clear();
  knownHeads.set(text, head);
}

function requestHeadIn(text: string): RequestHead {
  const lines = text.trimStart().split("\r\n");
  const first = lines.shift() ?? "";
  const [, method, said, minor] = requestLine.exec(first) ?? [];
  if (method === undefined || said === undefined) throw new Malformed("its first line is none of HTTP/1.1");
  const headers = headersIn(lines, single);
  if ("transfer-encoding" in headers && "content-length" in headers)
    throw new Malformed("it says its length in two ways");
  const isOld = minor === "0";
  const { connection } = headers;
  const keepsConnection = !isOld && (connection === undefined || !close.test(connection));
  const framing = framingIn(headers) ?? "none";
  return { method, target: pathOf(said), headers, keepsConnection, isOld, framing };
}

/** Of these nobody could tell which one counts. */
const single = ["host", "authorization", "content-type", "origin"] as const;
const close = /(?:^|,)\s*close\s*(?:,|$)/i;
const requestLine = /^([A-Z]{1,32}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;

/** Proxies name the whole address, and some clients write other than ASCII as it is. Throws Malformed for what leads nowhere. */
function pathOf(target: string): string {
  const said = others.test(target) ? Buffer.from(target, "latin1").toString("utf8") : target;
  if (said.startsWith("/")) return said;
  const [whole, path = ""] = /^https?:\/\/[^/?#]+(\/.*)?$/i.exec(said) ?? [];
  if (whole === undefined) throw new Malformed("its first line names no path");
  return path || "/";
}

const others = /[\x80-\xff]/;
