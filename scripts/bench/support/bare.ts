import { Elysia, t } from "elysia";

/** The references of the board: `bun bare.ts` serves one JSON route of Elysia, and nothing else, until stdin ends. */
export interface Bare {
  port: number;
  stop(): Promise<void>;
}

/** An Elysia of its own process, which answers each JSON body with this text. */
export async function startBare(answer: string): Promise<Bare> {
  const child = Bun.spawn([process.execPath, import.meta.path, answer], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, NODE_ENV: "production" },
  });
  const [first] = await readLines(child.stdout, 1);
  return {
    port: Number(first),
    stop: async () => {
      await child.stdin.end();
      await child.exited;
    },
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, count: number): Promise<string[]> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.split("\n").length <= count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value);
  }
  reader.releaseLock();
  return text.split("\n").slice(0, count);
}

if (import.meta.main) {
  const answer: object = JSON.parse(process.argv[2] ?? "{}");
  const app = new Elysia().post("/", ({ body }) => ({ ...answer, id: body.id }), {
    body: t.Object({
      jsonrpc: t.String(),
      id: t.Number(),
      method: t.String(),
      params: t.Record(t.String(), t.Unknown()),
    }),
  });
  app.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(app.server?.port);
  await Bun.stdin.text();
  process.exit(0);
}
