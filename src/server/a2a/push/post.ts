import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectEncrypted } from "node:tls";
import { withoutBrackets } from "../../../core/address.ts";
import { version } from "../../../core/version.ts";

/** What is sent, and where. The name in the URL is not looked up: it is for the Host header and the certificate. */
export interface Post {
  url: URL;
  address: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** certificates that are trusted instead of the system's */
  ca?: string | undefined;
}

/**
 * Posts to one address, over a connection of its own, and resolves to the status of the answer. No redirect is followed, no
 * proxy used, and nothing read but the head. Rejects with what went wrong; what the receiver wrote is never in it.
 */
export async function post(to: Post, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = connectTo(to, () => socket.write(requestOf(to)));
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  let head = "";
  const read = (bytes: Buffer) => {
    head += bytes.toString("latin1", 0, maxHeadBytes);
    try {
      const status = statusIn(head);
      if (status !== null) resolve(status);
      else if (head.length >= maxHeadBytes) throw new Error("what answers sends a head without an end");
    } catch (error) {
      reject(error);
    }
  };
  socket.on("data", read);
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("the connection was closed without an answer")));
  try {
    const status = await promise;
    socket.off("data", read).resume().end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
    return status;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const maxHeadBytes = 16_384;
/** A receiver may write its answer to the end: it is told no error, and nobody reads it. */
const lingerMs = 1000;

function connectTo({ url, address, ca }: Post, onReady: () => void): Socket {
  const isEncrypted = url.protocol === "https:";
  const port = Number(url.port) || (isEncrypted ? 443 : 80);
  if (!isEncrypted) return connectPlain({ host: address, port }, onReady);
  const name = withoutBrackets(url.hostname);
  const options = { host: address, port, ALPNProtocols: ["http/1.1"], ...(ca === undefined ? {} : { ca }) };
  // without a name the certificate is checked against the address
  return connectEncrypted({ ...options, ...(isIP(name) === 0 ? { servername: name } : {}) }, onReady);
}

function requestOf({ url, headers, body }: Post): string {
  const all = {
    host: url.host,
    "user-agent": `cord/${version}`,
    accept: "*/*",
    connection: "close",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** The status of the answer; null: it is not there yet. A head of 1xx only announces one (RFC 9110 15.2). Throws for what is no HTTP. */
function statusIn(text: string): number | null {
  let rest = text;
  while (rest.length >= "HTTP/1.1 200 ".length) {
    const status = Number(/^HTTP\/1\.[01] ([1-5]\d\d)[ \r]/.exec(rest)?.[1]);
    if (Number.isNaN(status)) throw new Error("what answers speaks no HTTP");
    if (status >= 200) return status;
    const end = rest.indexOf("\r\n\r\n");
    if (end === -1) return null;
    rest = rest.slice(end + 4);
  }
  return null;
}
