/**
 * A load generator of its own process: so many keep-alive connections over raw sockets, each with one request under way.
 * As lean as can be, since it shares the machine with what it measures: `bun load.ts` reads its order from stdin and
 * prints what it saw as JSON.
 */
export interface LoadOrder {
  port: number;
  token: string;
  connections: number;
  /** one after the other, by whichever connection is free; when they are used up it ends */
  bodies?: string[];
  /** or this one over and over, or a GET without a body, for so many seconds */
  body?: string;
  path?: string;
  seconds: number;
  /** what an answer that counts as done holds, and one that does not */
  expect?: string;
}

export interface LoadResult {
  done: number;
  refused: number;
  seconds: number;
  perSecond: number;
  p50: number;
  p99: number;
  max: number;
}

/** Runs the generator in a process of its own. */
export async function load(order: LoadOrder): Promise<LoadResult> {
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdin: new Blob([JSON.stringify(order)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("The load generator failed.");
  const result: LoadResult = JSON.parse(text);
  return result;
}

async function generate(order: LoadOrder): Promise<LoadResult> {
  const head = `POST ${order.path ?? "/"} HTTP/1.1\r\nHost: 127.0.0.1:${order.port}\r\nAuthorization: Bearer ${order.token}\r\nContent-Type: application/json\r\nContent-Length: `;
  const request = (body: string) => `${head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const fixed = order.body === undefined ? null : request(order.body);
  const ready = order.bodies?.map(request) ?? [];
  const latencies: number[] = [];
  const all = Promise.withResolvers<void>();
  let [next, done, refused, open] = [0, 0, 0, order.connections];
  let started = performance.now();
  let until = 0;

  const take = (now: number): string | undefined => (now >= until ? undefined : (fixed ?? ready[next++]));

  interface Connection {
    sentAt: number;
    pending: string;
  }
  const send = (socket: Bun.Socket<Connection>, now: number) => {
    const bytes = take(now);
    if (bytes === undefined) {
      socket.end();
      open -= 1;
      if (open === 0) all.resolve();
      return;
    }
    socket.data.sentAt = now;
    socket.write(bytes);
  };
  const sockets = await Promise.all(
    Array.from({ length: order.connections }, () =>
      Bun.connect<Connection>({
        hostname: "127.0.0.1",
        port: order.port,
        data: { sentAt: 0, pending: "" },
        socket: {
          data(socket, chunk) {
            const { data } = socket;
            const answer = data.pending + chunk.toString("latin1");
            if (!isWhole(answer)) {
              data.pending = answer;
              return;
            }
            data.pending = "";
            const now = performance.now();
            latencies.push(now - data.sentAt);
            if (order.expect === undefined || answer.includes(order.expect)) done += 1;
            else refused += 1;
            send(socket, now);
          },
          error: (_, error) => all.reject(error),
        },
      }),
    ),
  );
  started = performance.now();
  until = started + order.seconds * 1000;
  for (const socket of sockets) send(socket, performance.now());
  await all.promise;
  const seconds = (performance.now() - started) / 1000;
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { done, refused, seconds, perSecond: done / seconds, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /content-length: (\d+)/i.exec(answer)?.[1];
  return length !== undefined && answer.length >= end + 4 + Number(length);
}

if (import.meta.main) {
  const order: LoadOrder = JSON.parse(await Bun.stdin.text());
  console.log(JSON.stringify(await generate(order)));
}
