import type { World } from "./cord.ts";

/** `cord mcp` in a world, initialized, with one call under way at a time. `name` is the client's. */
export interface Bridge {
  pid: number;
  /** from spawn to the answer of initialize, in milliseconds */
  upMs: number;
  /** Resolves to the line that answers. */
  ask(method: string, params: object): Promise<string>;
  close(): Promise<void>;
}

export async function openBridge(
  binary: string,
  world: World,
  { name = "bench", env = {} }: { name?: string; env?: Record<string, string> } = {},
): Promise<Bridge> {
  const from = performance.now();
  const child = Bun.spawn([binary, "mcp"], {
    env: { ...world.env, ...env },
    cwd: world.folder,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = linesOf(child.stdout);
  let id = 0;
  const write = async (message: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    await child.stdin.flush();
  };
  const ask = async (method: string, params: object): Promise<string> => {
    id += 1;
    await write({ id, method, params });
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error("The bridge has gone.");
      if (value.includes(`"id":${id}`)) return value;
    }
  };
  await ask("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name, version: "1" },
  });
  const upMs = performance.now() - from;
  await write({ method: "notifications/initialized" });
  const close = async () => {
    await child.stdin.end();
    await child.exited;
  };
  return { pid: child.pid, upMs, ask, close };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
