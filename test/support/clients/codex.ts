import { z } from "zod";
import { testTimeoutMs } from "../../../scripts/steps.ts";

/** Codex as an editor drives it: its app server, over lines of JSON-RPC. No model is asked. */
export interface Codex extends AsyncDisposable {
  /** What Codex knows of an MCP server of the project, once it has started it. */
  server(name: string): Promise<z.infer<typeof Server>>;
  /** Calls a server's tool, as Codex does when its model wants it. */
  call(server: string, tool: string, input: object): Promise<unknown>;
}

/** Starts a thread in the project, and with it the MCP servers of the project. */
export function openCodex(env: Record<string, string>, more: Record<string, string>, project: string): Codex {
  const child = Bun.spawn(["/usr/bin/env", "codex", "app-server"], {
    cwd: project,
    env: { ...env, ...more },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    timeout: testTimeoutMs,
  });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const stderr = new Response(child.stderr).text();
  let last = 0;

  const send = (message: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    child.stdin.flush();
  };
  const ask = (method: string, params: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      send({ id: last, method, params });
    });
  const reading = follow(child.stdout, (line) => {
    const answer = Answer.safeParse(JSON.parse(line)).data;
    const asked = answer === undefined ? undefined : waiting.get(answer.id);
    if (answer === undefined || asked === undefined) return;
    waiting.delete(answer.id);
    if (answer.error === undefined) asked.resolve(answer.result);
    else asked.reject(new Error(answer.error.message));
  });
  const over = async () => {
    await reading;
    const said = await stderr;
    for (const { reject } of waiting.values()) reject(new Error(`Codex ended without an answer:\n${said}`));
  };
  const read = over();

  const thread = (async () => {
    await ask("initialize", { clientInfo: { name: "cord-test", title: "cord", version: "1" } });
    send({ method: "initialized" });
    return Started.parse(await ask("thread/start", { cwd: project })).thread.id;
  })();

  return {
    async server(name) {
      for (;;) {
        const { data } = Servers.parse(await ask("mcpServerStatus/list", { threadId: await thread }));
        const found = data.find((server) => server.name === name);
        if (found === undefined) throw new Error(`Codex knows no server ${name}: ${JSON.stringify(data)}`);
        // it starts its servers beside the thread; each question is answered, and the whole is bounded by testTimeoutMs
        if (found.runtimeStatus !== "starting") return found;
        await Bun.sleep(50);
      }
    },
    call: async (server, tool, input) =>
      ask("mcpServer/tool/call", { threadId: await thread, server, tool, arguments: input }),
    async [Symbol.asyncDispose]() {
      child.kill();
      await Promise.all([child.exited, read]);
    },
  };
}

const Answer = z.object({
  id: z.number(),
  result: z.unknown(),
  error: z.object({ message: z.string() }).optional(),
});
const Started = z.object({ thread: z.object({ id: z.string() }) });
const Server = z.object({
  name: z.string(),
  runtimeStatus: z.string(),
  tools: z.record(z.string(), z.unknown()),
});
const Servers = z.object({ data: z.array(Server) });

async function follow(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim() !== "") take(part);
  }
}
