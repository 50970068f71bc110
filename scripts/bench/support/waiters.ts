import { cpuMs, memoryOf } from "./process.ts";
import { rpcCall, rpcClient } from "../../../test/support/rpc.ts";

/**
 * Waiters, in a process of their own: so many connections, each parked in tasks/list with wait_ms, and one more that
 * sends. `bun waiters.ts` reads its order from stdin and prints what it saw as JSON.
 */
export interface WaitOrder {
  port: number;
  token: string;
  pid: number;
  waiters: number;
  /** how often they are all woken by one event */
  rounds: number;
  /** sends, one after the other, that no waiter waits for */
  past: number;
}

export interface WaitResult {
  /** from the send to each waiter's answer */
  wakesMs: number[];
  /** the slowest of each round */
  allMs: number[];
  bytesEach: number;
  pastMs: number;
  pastCpuMs: number;
  watchersLeft: number;
}

export async function wait(order: WaitOrder): Promise<WaitResult> {
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdin: new Blob([JSON.stringify(order)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("The waiters failed.");
  const result: WaitResult = JSON.parse(text);
  return result;
}

async function hold(order: WaitOrder): Promise<WaitResult> {
  const { pid, waiters } = order;
  const { call, watchers, untilWatchers } = daemonAt(order);
  await call("tasks/send", { name: "warm up", kind: "unawaited" });
  await watchers();
  const before = memoryOf(pid).rss;
  const parked = await parkedSockets(order);
  const arm = async () => {
    parked.arm();
    await untilWatchers(waiters, 30_000);
  };
  await arm();
  const bytesEach = (memoryOf(pid).rss - before) / waiters;

  const cpuBefore = cpuMs(pid);
  const pastFrom = performance.now();
  for (let index = 0; index < order.past; index += 1)
    await call("tasks/send", { name: `nobody waits for ${index}`, kind: "unawaited" });
  const [pastMs, pastCpuMs] = [performance.now() - pastFrom, cpuMs(pid) - cpuBefore];

  const wakesMs: number[] = [];
  const allMs: number[] = [];
  for (let round = 0; round < order.rounds; round += 1) {
    const sentAt = performance.now();
    const [task, answered] = await Promise.all([
      call("tasks/send", { name: "awaited", kind: "awaited" }),
      parked.everybody(),
    ]);
    const times = answered.map((at) => at - sentAt);
    wakesMs.push(...times);
    allMs.push(Math.max(...times));
    const id = typeof task === "object" && task !== null && "id" in task ? task.id : "";
    await call("tasks/cancel", { id });
    await arm();
  }
  parked.close();
  return { wakesMs, allMs, bytesEach, pastMs, pastCpuMs, watchersLeft: await untilWatchers(0, 2000) };
}

/** Calls to the daemon beside the waits, and how many it counts. */
function daemonAt({ port, token }: WaitOrder) {
  const client = rpcClient(`http://127.0.0.1:${port}/`, token);
  const call = async (method: string, params: object): Promise<unknown> =>
    (await client.rpc(method, params)).result;
  const watchers = async (): Promise<number> => {
    const status = await call("daemon/status", {});
    return typeof status === "object" && status !== null && "watchers" in status
      ? Number(status.watchers)
      : -1;
  };
  const untilWatchers = async (count: number, withinMs: number): Promise<number> => {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const now = await watchers();
      if (now === count || performance.now() > deadline) return now;
      await Bun.sleep(5);
    }
  };
  return { call, watchers, untilWatchers };
}

/** A connection for each waiter, opened a few at a time. arm() parks a wait on each; everybody() gives when each was answered. */
async function parkedSockets({ port, token, waiters }: WaitOrder) {
  const params = { kind: "awaited", state: "pending", wait_ms: 60_000, limit: 1 };
  const body = JSON.stringify(rpcCall("tasks/list", params));
  const request = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  let answered: number[] = [];
  let everybody = Promise.withResolvers<number[]>();
  const data = () => {
    answered.push(performance.now());
    if (answered.length === waiters) everybody.resolve(answered);
  };
  const sockets: Bun.Socket[] = [];
  while (sockets.length < waiters) {
    const some = Array.from({ length: Math.min(250, waiters - sockets.length) }, () =>
      Bun.connect({ hostname: "127.0.0.1", port, socket: { data, error() {} } }),
    );
    sockets.push(...(await Promise.all(some)));
  }
  return {
    arm: () => {
      answered = [];
      everybody = Promise.withResolvers<number[]>();
      for (const socket of sockets) socket.write(request);
    },
    everybody: () => everybody.promise,
    close: () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}

if (import.meta.main) {
  const order: WaitOrder = JSON.parse(await Bun.stdin.text());
  console.log(JSON.stringify(await hold(order)));
  process.exit(0);
}
