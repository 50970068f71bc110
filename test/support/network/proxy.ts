import { nodePrefix } from "../../../src/core/proof.ts";
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
  /** Keeps the next call whose body matches; it passes when that is disposed. */
  hold(body: RegExp): Held;
  stop(): Promise<void>;
}

interface Held extends Disposable {
  /** Resolves when the call is here. */
  here: Promise<void>;
}

type Shut = "silent" | "stranger" | "busy";

export function startProxy(target: string, token: string): Proxy {
  const calls: string[] = [];
  let mode: "open" | Shut = "open";
  let held: {
    body: RegExp;
    come: PromiseWithResolvers<void>;
    released: PromiseWithResolvers<void>;
  } | null = null;
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
        // an agent's own says for which node it speaks
        if (!headers.get("authorization")?.startsWith(`Bearer ${nodePrefix}`))
          headers.set("authorization", `Bearer ${token}`);
        const own = proved(request, token);
        if (own) return own;
        if (mode === "busy") return Response.json({ error: "There is no room now." }, { status: 503 });
        const body = request.method === "POST" ? await request.text() : null;
        const method = /"method":"([^"]+)"/.exec(body ?? "")?.[1];
        if (method !== undefined) calls.push(method);
        if (held?.body.test(body ?? "") === true) {
          const { come, released } = held;
          held = null;
          come.resolve();
          await released.promise;
        }
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
    hold: (body) => {
      const [come, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      held = { body, come, released };
      return { here: come.promise, [Symbol.dispose]: released.resolve };
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
