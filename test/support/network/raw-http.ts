import { connect } from "node:net";

/** What a server answered to bytes that no well-behaved client would send; status 0 when it hung up without a word. */
export interface RawAnswer {
  status: number;
  text: string;
}

/** Sends the parts one after the other on one connection, and reads until the server closes it. */
export function sendRaw(port: number, ...parts: string[]): Promise<RawAnswer> {
  return exchange(port, parts, false);
}

/** As sendRaw, but hangs up after the last part: a server that waits for more waits no longer. */
export function sendAndHangUp(port: number, ...parts: string[]): Promise<RawAnswer> {
  return exchange(port, parts, true);
}

function exchange(port: number, parts: readonly string[], hangUp: boolean): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => (text += String(chunk)));
    // a reset after the answer is no failure: the server had said what it had to say
    socket.on("error", () => {});
    socket.on("close", () => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text }));
    socket.on("connect", () => {
      for (const part of parts) socket.write(part);
      if (hangUp) socket.end();
    });
  });
}

/** A request with the headers just as given, and its connection closed after the answer. */
export function request(line: string, headers: readonly string[], body = ""): string {
  const length = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [`${line} HTTP/1.1`, ...headers, ...length, "Connection: close", "", body].join("\r\n");
}
