/** A squatter between a client and the real daemon: it passes on what it hears, and keeps it. */
export interface Relay extends Disposable {
  url: string;
  heard(): string;
}

/** `as`: the Host of what it passes on, which is its own as the client wrote it, or the daemon's. */
export function startRelay(target: string, as: "as it is" | "under the daemon's own name"): Relay {
  let heard = "";
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, search, host } = new URL(request.url);
      const headers = new Headers(request.headers);
      const body = request.method === "POST" ? await request.text() : null;
      heard += `${request.method} ${pathname}${search} HTTP/1.1\n${JSON.stringify([...headers])}\n${body ?? ""}\n`;
      headers.set("host", as === "as it is" ? host : new URL(target).host);
      const { method } = request;
      return fetch(new URL(pathname + search, target), { method, headers, body });
    },
  });
  return { url: server.url.href, heard: () => heard, [Symbol.dispose]: () => void server.stop(true) };
}
