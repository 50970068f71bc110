import { z } from "zod";
import { linesOf } from "../../src/cli/mcp/lines.ts";

const Reply = z.object({ id: z.number().optional() });

/** A tab of the board: the real `cord mcp`, with a client that says that it is this one, and calls what it is told to. */
export interface Tab {
  call(tool: string, given: object): Promise<void>;
  close(): Promise<void>;
}

/** Opens it under the handle. `client`: the name and version that the program gives of itself. */
export async function openTab(
  argv: readonly string[],
  {
    cwd,
    env,
    handle,
    client,
  }: { cwd: string; env: Record<string, string>; handle: string; client: [string, string] },
): Promise<Tab> {
  const child = Bun.spawn([...argv], { cwd, env, stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  const lines = linesOf(child.stdout);
  const write = async (message: object) => {
    void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    await child.stdin.flush();
  };
  let asked = 0;
  const ask = async (method: string, params: object) => {
    asked += 1;
    await write({ id: asked, method, params });
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`cord mcp ended before it answered ${method}.`);
      if (Reply.parse(JSON.parse(value)).id === asked) return value;
    }
  };
  const [name, version] = client;
  await ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name, version } });
  await write({ method: "notifications/initialized" });
  const call = async (tool: string, given: object) => {
    const answer = await ask("tools/call", { name: tool, arguments: given });
    if (answer.includes('"isError":true')) throw new Error(`${tool}: ${answer}`);
  };
  await call("agents_heartbeat", { id: handle, name: handle });
  return {
    call,
    async close() {
      await child.stdin.end();
      await child.exited;
    },
  };
}
