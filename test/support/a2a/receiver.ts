import { until } from "../until.ts";

/** One POST that came, as it came. */
export interface Received {
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

/** A receiver of push notifications, on loopback. */
export interface Receiver extends Disposable {
  url: string;
  /** all that came, whatever was answered */
  got: Received[];
  /** Resolves once so many have come. */
  has(count: number): Promise<void>;
}

/** `answer`: what the n-th that comes is answered, from 0 on; 204 unless it says something else. */
export function startReceiver(
  answer: (nth: number, received: Received) => number | Response | Promise<number | Response> = () => 204,
  tls?: { key: string; cert: string },
): Receiver {
  const got: Received[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    ...(tls ? { tls } : {}),
    fetch: async (request) => {
      const text = await request.text();
      const { pathname, search } = new URL(request.url);
      const received = {
        path: `${pathname}${search}`,
        headers: Object.fromEntries(request.headers),
        body: text === "" ? null : JSON.parse(text),
      };
      got.push(received);
      const said = await answer(got.length - 1, received);
      return typeof said === "number" ? new Response(null, { status: said }) : said;
    },
  });
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${server.port}`,
    got,
    has: (count) => until(`delivery ${count}`, () => got.length >= count),
    [Symbol.dispose]: () => void server.stop(true),
  };
}
