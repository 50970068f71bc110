import type { Socket } from "bun";

/** Something on a port that is not this user's daemon, and all that was said to it. */
export interface Foreign extends Disposable {
  url: string;
  port: number;
  /** every byte that came, of all connections */
  heard(): string;
  /** Resolves once something has been said to it. */
  spokenTo: Promise<void>;
}

/** What it says: at once, to the first bytes of a connection, or bit by bit for ever. */
export interface Manner {
  greets?: string;
  answers?: string;
  closes?: boolean;
  trickles?: string;
}

const json = (status: number, body: string) => answer(status, "application/json", body);

function answer(status: number, type: string, body: string): string {
  return `HTTP/1.1 ${status} X\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Every manner, and what a command says of it. Those that are silent are `silent`, as they take a command's whole patience. */
export const manners: Readonly<Record<string, Manner & { said: RegExp }>> = {
  "a banner": {
    greets: "SSH-2.0-OpenSSH_9.6\r\n",
    closes: true,
    said: /does not speak HTTP, but says "SSH-2.0-OpenSSH_9.6"/,
  },
  redis: {
    answers: "-ERR unknown command 'GET'\r\n",
    closes: true,
    said: /does not speak HTTP, but says "-ERR unknown/,
  },
  "a closing port": { closes: true, said: /takes connections and closes them/ },
  "half an answer": {
    answers: 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"na',
    closes: true,
    said: /broke off/,
  },
  "half a head": { answers: "HTTP/1.1 200 OK\r\ncontent-", closes: true, said: /broke off/ },
  "a JSON server": {
    answers: json(404, '{"error":"Not Found"}'),
    said: /speaks JSON but is not cord \(404: "Not Found"\)/,
  },
  "a JSON-RPC server": {
    answers: json(200, '{"jsonrpc":"2.0","id":1,"result":[]}'),
    said: /JSON-RPC but is not cord/,
  },
  "a JSON-RPC server that refuses": {
    answers: json(200, '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}'),
    said: /JSON-RPC but is not cord/,
  },
  null: { answers: json(200, "null"), said: /speaks JSON but is not cord/ },
  "a list": { answers: json(200, "[]"), said: /speaks JSON but is not cord/ },
  "JSON that breaks off": { answers: json(200, '{"name":"co'), said: /JSON breaks off/ },
  pages: {
    answers: answer(200, "text/html", "<!doctype html><title>Grafana</title>"),
    said: /A web server with pages/,
  },
  "a redirect": {
    answers: "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
    said: /sends its visitors elsewhere \(307\)/,
  },
  "nothing to say": { answers: "HTTP/1.1 204 X\r\n\r\n", said: /says nothing \(204\)/ },
  "an error": { answers: answer(500, "text/plain", "oops"), said: /A web server that is not cord \(500\)/ },
  "an old web server": {
    answers: "HTTP/1.0 501 Unsupported\r\ncontent-type: text/html\r\n\r\n<html></html>",
    closes: true,
    said: /A web server with pages \(501\)/,
  },
  "a head that does not end": {
    answers: `HTTP/1.1 200 OK\r\nx: ${"x".repeat(70_000)}`,
    said: /answer cannot be read/,
  },
  "a body that does not end": {
    answers: `HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n${"x".repeat(100_000)}`,
    said: /says more than cord would/,
  },
  "escape sequences": { greets: "\u001b]0;owned\u0007\u001b[31mred", closes: true, said: /says "red"/ },
  "a daemon of before": {
    answers: json(200, '{"ok":true,"name":"cord","version":"0.0.9","database":"/x/cord.db"}'),
    said: /version 0\.0\.9, which cannot prove whose it is/,
  },
  "a daemon's name": {
    answers: json(
      200,
      `{"name":"cord","version":"9","database":"/\\u001b[2Jx","instance":"00","proof":"${"0".repeat(64)}"}`,
    ),
    said: /has another token than/,
  },
};

export const silent: Readonly<Record<string, Manner>> = {
  "a silent port": {},
  "a head, and then nothing": {
    answers: "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
  },
  "a byte at a time": { answers: "HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n", trickles: " " },
};

export function startForeign(manner: Manner, port = 0): Foreign {
  let heard = "";
  const spoken = Promise.withResolvers<void>();
  const timers = new Set<NodeJS.Timeout>();
  const say = (socket: Socket, text: string | undefined) => {
    if (text !== undefined) socket.write(text);
    if (manner.closes) socket.end();
    else if (manner.trickles !== undefined)
      timers.add(setInterval(() => socket.write(manner.trickles ?? ""), 50));
  };
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => {
        if (manner.greets !== undefined) say(socket, manner.greets);
      },
      data: (socket, bytes) => {
        heard += bytes.toString("latin1");
        spoken.resolve();
        if (manner.greets === undefined) say(socket, manner.answers);
      },
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    port: server.port,
    heard: () => heard,
    spokenTo: spoken.promise,
    [Symbol.dispose]: () => {
      timers.forEach(clearInterval);
      server.stop(true);
    },
  };
}
