import { z } from "zod";
import { sseText } from "../../../src/core/sse.ts";
import { proved } from "./proved.ts";
import { Looks } from "../looks.ts";

/** A stand-in for a daemon that a tab follows: it says what a test wants, and writes down what it is told. The real one is daemonHere. */
export interface ScriptedDaemon extends AsyncDisposable {
  url: string;
  token: string;
  /** how the tab opened, each time */
  hellos: URLSearchParams[];
  /** what was called over JSON-RPC */
  calls: z.infer<typeof Call>[];
  /** Says something on the stream that was opened last. */
  says(event: string, data: string): void;
  /** Resolves once it holds of what was heard. */
  hears(holds: () => boolean): Promise<void>;
}

const Call = z.object({ method: z.string(), params: z.record(z.string(), z.unknown()) });

/** `tabs`: what it answers to who would follow a tab, in place of a stream. `answer`: the result of a call, or the whole of what comes back. */
export function scriptedDaemon(
  tabs?: () => Promise<Response> | Response,
  answer: (call: ScriptedDaemon["calls"][number]) => object | Promise<object> = () => ({ handle: "billing" }),
): ScriptedDaemon {
  const token = "a".repeat(64);
  const hellos: URLSearchParams[] = [];
  const calls: ScriptedDaemon["calls"] = [];
  const looks = new Looks();
  let stream: ReadableStreamDefaultController<string> | null = null;
  const follow = () => {
    const body = new ReadableStream<string>({ start: (controller) => void (stream = controller) });
    return new Response(body.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const proof = proved(request, token);
      if (proof) return proof;
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/tabs") {
        hellos.push(searchParams);
        const answer = await (tabs ?? follow)();
        looks.look();
        return answer;
      }
      const call = Call.parse(await request.json());
      calls.push(call);
      looks.look();
      const result = await answer(call);
      return result instanceof Response ? result : Response.json({ jsonrpc: "2.0", id: 1, result });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    token,
    hellos,
    calls,
    says: (event, data) => stream?.enqueue(sseText({ event, data })),
    hears: async (holds) => void (await looks.until(holds)),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
