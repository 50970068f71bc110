/** An HTTP proxy in front of a daemon that can cut every connection, and has seen every call. */
export interface Proxy {
  url: string;
  /** the methods of the JSON-RPC calls that passed, in their order */
  calls: string[];
  /** Breaks all connections, and takes new ones at the same address. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

export function startProxy(target: string): Proxy {
  const calls: string[] = [];
  const serve = (port: number) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port,
      idleTimeout: 0,
      async fetch(request) {
        const { pathname, search } = new URL(request.url);
        const headers = new Headers(request.headers);
        headers.delete("host");
        const body = request.method === "POST" ? await request.text() : null;
        const method = /"method":"([^"]+)"/.exec(body ?? "")?.[1];
        if (method !== undefined) calls.push(method);
        const { signal } = request;
        try {
          return await fetch(`${target}${pathname.slice(1)}${search}`, {
            method: request.method,
            headers,
            body,
            signal,
          });
        } catch {
          return new Response(null, { status: 502 });
        }
      },
    });
  let server = serve(0);
  const { port = 0 } = server;
  return {
    url: `http://127.0.0.1:${port}/`,
    calls,
    async cut() {
      await server.stop(true);
      server = serve(port);
    },
    stop: () => server.stop(true),
  };
}
