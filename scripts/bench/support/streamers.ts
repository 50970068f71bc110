import { z } from "zod";
import { rpcCall, rpcClient } from "../../../test/support/rpc.ts";
import { cpuMs, memoryOf } from "./process.ts";

/**
 * Clients of A2A that follow tasks, in a process of their own: so many connections, each with a stream, and one more that
 * changes tasks. `bun streamers.ts` reads its order from stdin and prints what it saw as JSON.
 */
export interface StreamOrder {
  port: number;
  token: string;
  pid: number;
  streams: number;
  /** all follow one task, or each its own */
  of: "one" | "each";
  /** how often something is said of a task that is followed */
  rounds: number;
  /** changes, one after the other, of a task that nobody follows */
  past: number;
  /** how long nothing happens */
  idleMs: number;
}

export interface StreamResult {
  /** from the call that makes a change, before its commit, to its event in each stream */
  eventsMs: number[];
  /** from that call's answer, which its commit comes before, to each event; 0 where the event was sooner */
  afterMs: number[];
  /** from that call to its own answer */
  callsMs: number[];
  bytesInAll: number;
  /** beyond that of the daemon without them */
  idleCpuShare: number;
  pastMs: number;
  pastCpuMs: number;
}

export async function stream(order: StreamOrder): Promise<StreamResult> {
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdin: new Blob([JSON.stringify(order)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("The streams failed.");
  const result: StreamResult = JSON.parse(text);
  return result;
}

async function follow(order: StreamOrder): Promise<StreamResult> {
  const { pid, streams, rounds, past, idleMs } = order;
  const client = rpcClient(`http://127.0.0.1:${order.port}/`, order.token);
  const claimed = async () => {
    const { id } = Sent.parse((await client.rpc("tasks/send", { name: "followed" })).result);
    await client.rpc("tasks/claim", { id, agentId: "bench", leaseSeconds: 3600 });
    return id;
  };
  const say = (id: string, text: string) => client.rpc("tasks/say", { id, agentId: "bench", text });
  const count = order.of === "one" ? 1 : streams;
  const ids: string[] = [];
  while (ids.length < count) ids.push(await claimed());
  const foreign = await claimed();
  const warm = await streamsOf(order, [ids[0] ?? ""], 1);
  await warm.told(() => say(ids[0] ?? "", "warm"), 1);
  warm.close();
  const shareOver = async (ms: number) => {
    const from = cpuMs(pid);
    await Bun.sleep(ms);
    return ms === 0 ? 0 : (cpuMs(pid) - from) / ms;
  };
  const shareBefore = await shareOver(idleMs);
  const before = memoryOf(pid).pss;
  const open = await streamsOf(order, ids, streams);
  const bytesInAll = memoryOf(pid).pss - before;

  const idleCpuShare = (await shareOver(idleMs)) - shareBefore;

  const [cpuFrom, pastFrom] = [cpuMs(pid), performance.now()];
  for (let index = 0; index < past; index += 1) await say(foreign, `nobody follows ${index}`);
  const [pastMs, pastCpuMs] = [performance.now() - pastFrom, cpuMs(pid) - cpuFrom];

  const [eventsMs, afterMs, callsMs]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const saidAt = performance.now();
    let answeredAt = saidAt;
    const id = ids[round % ids.length] ?? "";
    const told = await open.told(
      async () => {
        await say(id, `line ${round}`);
        answeredAt = performance.now();
      },
      order.of === "one" ? streams : 1,
    );
    callsMs.push(answeredAt - saidAt);
    eventsMs.push(...told.map((at) => at - saidAt));
    afterMs.push(...told.map((at) => Math.max(0, at - answeredAt)));
  }
  open.close();
  return { eventsMs, afterMs, callsMs, bytesInAll, idleCpuShare, pastMs, pastCpuMs };
}

const Sent = z.object({ id: z.string() });

/** So many connections, each with a stream of one of the tasks, once each has told of its task. */
async function streamsOf({ port, token }: StreamOrder, ids: readonly string[], count: number) {
  let begun = 0;
  let told: number[] = [];
  let wanted = 0;
  let all = Promise.withResolvers<void>();
  const everybody = Promise.withResolvers<void>();
  const data = (_: unknown, chunk: Buffer) => {
    if (chunk.includes('"statusUpdate"')) {
      told.push(performance.now());
      if (told.length === wanted) all.resolve();
    } else if (chunk.includes('"task"')) {
      begun += 1;
      if (begun === count) everybody.resolve();
    }
  };
  const sockets: Bun.Socket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(250, count - sockets.length) }, () =>
      Bun.connect({ hostname: "127.0.0.1", port, socket: { data, error() {} } }),
    );
    sockets.push(...(await Promise.all(some)));
  }
  for (const [index, socket] of sockets.entries()) {
    const body = JSON.stringify(rpcCall("SubscribeToTask", { id: ids[index % ids.length] }));
    socket.write(
      `POST /a2a HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nA2A-Version: 1.0\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }
  await everybody.promise;
  return {
    /** Does something, and gives when each of so many streams told of it. */
    async told(change: () => Promise<unknown>, streams: number): Promise<number[]> {
      told = [];
      wanted = streams;
      all = Promise.withResolvers<void>();
      await Promise.all([change(), all.promise]);
      return told;
    },
    close: () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}

if (import.meta.main) {
  const order: StreamOrder = JSON.parse(await Bun.stdin.text());
  console.log(JSON.stringify(await follow(order)));
  process.exit(0);
}
