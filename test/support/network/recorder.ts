import { Looks } from "../looks.ts";

/** Stands before a daemon, passes everything on as it comes, and keeps what was said on /mcp. */
export interface Recorder extends Disposable {
  url: string;
  exchanges: readonly Exchange[];
  /** Resolves with the first exchange, past or future, that matches, as soon as it does. */
  waitFor(matches: (exchange: Exchange) => boolean): Promise<Exchange>;
}

export interface Exchange {
  method: string;
  /** what the client sent */
  body: string;
  contentType: string;
  /** what has come of the answer so far */
  heard: string;
}

export function startRecorder(target: string): Recorder {
  const exchanges: Exchange[] = [];
  const looks = new Looks();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.set("host", new URL(target).host);
      const { method, signal } = request;
      const body = method === "POST" ? await request.text() : null;
      const answer = await fetch(new URL(pathname + search, target), { method, headers, body, signal });
      const contentType = answer.headers.get("content-type") ?? "";
      const exchange: Exchange = { method, body: body ?? "", contentType, heard: "" };
      exchanges.push(exchange);
      looks.look();
      const decoder = new TextDecoder();
      const kept = new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, controller) {
          exchange.heard += decoder.decode(piece, { stream: true });
          controller.enqueue(piece);
          looks.look();
        },
      });
      const { status } = answer;
      return new Response(answer.body?.pipeThrough(kept) ?? null, { status, headers: answer.headers });
    },
  });
  return {
    url: server.url.href,
    exchanges,
    waitFor: (matches) => looks.until(() => exchanges.find(matches)),
    [Symbol.dispose]: () => void server.stop(true),
  };
}
