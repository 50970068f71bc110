import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import { until } from "../until.ts";

/** Stands before a daemon and sends its token for clients that know none; all else goes through as it comes, Host too. */
export interface TokenProxy extends Disposable {
  url: string;
  /** the requests that passed: the verb, the version of MCP in the header, and the method in the body, `-` for none */
  heard: readonly string[];
  /** Resolves once a stream has begun with this text. */
  streams(text: string): Promise<void>;
  /** Ends all streams before their time. */
  cut(): void;
}

export async function startTokenProxy(target: string, token: string): Promise<TokenProxy> {
  const { hostname, port, host } = new URL(target);
  const heard: string[] = [];
  const open = new Set<ServerResponse>();
  let sent = "";
  const server = createServer((asked, answer) => {
    const own = `127.0.0.1:${portOf()}`;
    const said = Object.entries(asked.headers).map(([name, value]) => [
      name,
      typeof value === "string" ? value.replace(own, host) : value,
    ]);
    const headers = { authorization: `Bearer ${token}`, ...Object.fromEntries(said) };
    const { method, url: path } = asked;
    let body = "";
    asked.on("data", (piece) => (body += String(piece)));
    asked.on("end", () => {
      const called = /"method":"([^"]+)"/.exec(body)?.[1] ?? "-";
      heard.push(`${method} ${String(asked.headers["mcp-protocol-version"] ?? "-")} ${called}`);
    });
    const passed = httpRequest({ host: hostname, port, path, method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
      if (!given.headers["content-type"]?.startsWith("text/event-stream")) return;
      open.add(answer);
      given.on("data", (piece) => void (sent += String(piece)));
    });
    passed.on("error", () => void answer.destroy());
    answer.on("close", () => {
      open.delete(answer);
      passed.destroy();
    });
    asked.pipe(passed);
  });
  const portOf = () => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  };
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  return {
    url: `http://127.0.0.1:${portOf()}/`,
    heard,
    streams: (text) => until(`a stream with ${text}`, () => sent.includes(text)),
    cut() {
      for (const answer of open) answer.end();
    },
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
