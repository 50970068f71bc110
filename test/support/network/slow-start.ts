import { keyPrefix } from "../../../src/core/proof.ts";
import { proved } from "./proved.ts";
import type { World } from "../machine/run-world.ts";

/** A daemon that is slow to answer the first agent. */
export interface SlowStart extends AsyncDisposable {
  url: string;
  /** how many agents have begun to speak MCP */
  readonly initializes: number;
}

/** Stands in front of the world's daemon, and holds the first initialize back until the second comes. */
export async function slowStart(world: World): Promise<SlowStart> {
  const serve = world.start("serve", "--addr", new URL(world.url).host);
  await serve.says("listening");
  const second = Promise.withResolvers<void>();
  let initializes = 0;
  const proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const answer = proved(request, world.token);
      if (answer) return answer;
      const { pathname, search } = new URL(request.url);
      const body = request.method === "POST" ? await request.text() : null;
      if (pathname === "/mcp" && body?.includes('"method":"initialize"')) {
        initializes += 1;
        if (initializes > 1) second.resolve();
        await second.promise;
      }
      const headers = new Headers(request.headers);
      headers.delete("host");
      // the key that a client makes of a proof is good at this address only; an agent's token is good at both
      if (headers.get("authorization")?.startsWith(`Bearer ${keyPrefix}`))
        headers.set("authorization", `Bearer ${world.token}`);
      return fetch(new URL(pathname + search, world.url), {
        method: request.method,
        headers,
        body,
        signal: request.signal,
      });
    },
  });
  return {
    url: `http://127.0.0.1:${proxy.port}/`,
    get initializes() {
      return initializes;
    },
    async [Symbol.asyncDispose]() {
      second.resolve();
      await proxy.stop(true);
    },
  };
}
