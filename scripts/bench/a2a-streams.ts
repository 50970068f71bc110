import { cordBinary, createWorld, startDaemon } from "./support/cord.ts";
import { heading, mb, ms, percentile, quick, row } from "./support/rows.ts";
import { stream, type StreamResult } from "./support/streamers.ts";

/** Streams of A2A: how soon one tells of a change, and what those cost that have nothing to tell. */
async function a2aStreams(): Promise<void> {
  const binary = await cordBinary();
  const world = createWorld();
  const daemon = await startDaemon(binary, world);
  const order = { port: world.port, token: world.token(), pid: daemon.pid, rounds: 0, past: 0, idleMs: 0 };
  heading("A2A streams");
  await stream({ ...order, streams: 100, of: "one", rounds: 20 });

  const single = await stream({ ...order, streams: 1, of: "one", rounds: quick ? 200 : 1000 });
  latency("1 stream", single, 5);

  const idleMs = quick ? 10_000 : 30_000;
  const each = await stream({ ...order, streams: 1000, of: "each", rounds: 100, idleMs });
  row({
    name: "1,000 idle streams, memory",
    ours: mb(each.bytesInAll),
    bar: "< 40 MB",
    met: each.bytesInAll < 40 * 1_048_576,
  });
  row({
    name: `1,000 idle streams, CPU over ${idleMs / 1000} s`,
    ours: `${(each.idleCpuShare * 100).toFixed(2)} %`,
    bar: "< 1 %",
    met: each.idleCpuShare < 0.01,
  });
  latency("1 stream beside 999 of other tasks", each, 50);

  const same = await stream({ ...order, streams: 1000, of: "one", rounds: quick ? 10 : 50 });
  latency("1,000 streams of one task", same, 50);

  const alone = await stream({ ...order, streams: 1, of: "each", past: 500 });
  const past = await stream({ ...order, streams: 500, of: "each", past: 500 });
  row({
    name: "500 changes, one by one, past 500 streams of others",
    ours: `${ms(past.pastMs)}, ${ms(past.pastCpuMs)} of CPU`,
    reference: `past 1: ${ms(alone.pastMs)}, ${ms(alone.pastCpuMs)}`,
    bar: "< 300 ms CPU",
    met: past.pastCpuMs < 300,
  });
  await daemon.stop();
}

/** The commit comes between a change's call and its answer. */
function latency(name: string, { afterMs, eventsMs, callsMs }: StreamResult, barMs: number): void {
  const p99 = percentile(afterMs, 0.99);
  const [event, call] = [percentile(eventsMs, 0.99), percentile(callsMs, 0.99)];
  row({
    name: `a change's answer to its event, ${name}, p50 / p99`,
    ours: `${ms(percentile(afterMs, 0.5))} / ${ms(p99)}`,
    reference: `its call to the event, p99: ${ms(event)}; to the answer: ${ms(call)}`,
    bar: `p99 < ${barMs} ms from the commit`,
    met: p99 < barMs,
  });
}

await a2aStreams();
