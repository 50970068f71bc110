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
}

/** Reads one request (RFC 9112, section 3). */
export class RequestReader extends MessageReader<RequestHead> {
  protected checkStart(rest: Buffer): void {
    const [first = 0] = rest;
    const isLetter = first >= 0x41 && first <= 0x5a;
    if (!isLetter && first !== 0x0d) throw new Malformed("it does not begin with a method");
  }

  protected headIn(text: string): RequestHead | null {
    if (text === "" || text === "\r\n") return null; // empty lines before a request are passed over
    const lines = text.trimStart().split("\r\n");
    const first = lines.shift() ?? "";
    const [, method, said, minor] = REQUEST_LINE.exec(first) ?? [];
    if (method === undefined || said === undefined) throw new Malformed("its first line is none of HTTP/1.1");
    const headers = headersIn(lines, single);
    if ("transfer-encoding" in headers && "content-length" in headers)
      throw new Malformed("it says its length in two ways");
    const isOld = minor === "0";
    const { connection } = headers;
    const keepsConnection = !isOld && (connection === undefined || !CLOSE.test(connection));
    return { method, target: pathOf(said), headers, keepsConnection, isOld };
  }

  protected framingOf({ headers }: RequestHead): Framing {
    return framingIn(headers) ?? "none";
  }
}

/** Of these nobody could tell which one counts. */
const single = ["host", "authorization", "content-type", "origin"] as const;
const CLOSE = /(?:^|,)\s*close\s*(?:,|$)/i;
const REQUEST_LINE = /^([A-Z]{1,32}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;

/** Proxies name the whole address, and some clients write other than ASCII as it is. Throws Malformed for what leads nowhere. */
function pathOf(target: string): string {
  const said = OTHERS.test(target) ? Buffer.from(target, "latin1").toString("utf8") : target;
  if (said.startsWith("/")) return said;
  const [whole, path = ""] = /^https?:\/\/[^/?#]+(\/.*)?$/i.exec(said) ?? [];
  if (whole === undefined) throw new Malformed("its first line names no path");
  return path || "/";
}

const OTHERS = /[\x80-\xff]/;
