import { proved } from "./proved.ts";
import { until } from "../until.ts";

/**
 * Stands before a daemon at an address of its own: it can cut every connection, and has seen every call. It knows the
 * daemon's token, and so proves itself to clients; whoever does not is told from the daemon (test/e2e/stranger.test.ts).
 */
export interface Proxy extends AsyncDisposable {
  url: string;
  /** the methods of the JSON-RPC calls that passed, in their order */
  calls: string[];
  /** Breaks all connections, and takes new ones at the same address. */
  cut(): Promise<void>;
  /** Breaks all connections, and answers nothing from then on, or as some other server would, or that there is no room. */
  shut(as: Shut): Promise<void>;
  open(): void;
  stop(): Promise<void>;
}

type Shut = "silent" | "stranger" | "busy";

export function startProxy(target: string, token: string): Proxy {
  const calls: string[] = [];
  let mode: "open" | Shut = "open";
  const serve = (port: number) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port,
      idleTimeout: 0,
      async fetch(request) {
        if (mode === "stranger") return new Response("hello", { status: 404 });
        if (mode === "silent") await until("the proxy is open again", () => mode !== "silent");
        const { pathname, search } = new URL(request.url);
        const headers = new Headers(request.headers);
        headers.delete("host");
        headers.set("authorization", `Bearer ${token}`);
        const own = proved(request, token);
        if (own) return own;
        if (mode === "busy") return Response.json({ error: "There is no room now." }, { status: 503 });
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
  const cut = async () => {
    await server.stop(true);
    server = serve(port);
  };
  const stop = () => server.stop(true);
  return {
    url: `http://127.0.0.1:${port}/`,
    calls,
    cut,
    shut: (as) => {
      mode = as;
      return cut();
    },
    open: () => void (mode = "open"),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
