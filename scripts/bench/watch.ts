import { cordBinary, createWorld, startDaemon } from "./support/cord.ts";
import { heading, ms, percentile, quick, row } from "./support/rows.ts";
import { wait } from "./support/waiters.ts";

/** Waiters: how soon one event wakes them, what each costs, and what those cost that nothing is for. */

const binary = await cordBinary();
const theirs: Record<number, string> = { 1: "1.0 / 3.0 ms", 100: "4.1 / 7.7 ms", 1000: "32 / 1035 ms" };

heading("waits");
for (const waiters of quick ? [1, 100, 1000] : [1, 100, 1000, 10_000]) {
  const world = createWorld();
  const daemon = await startDaemon(binary, world);
  const rounds = waiters === 1 ? 200 : waiters === 10_000 ? 5 : 20;
  const order = { port: world.port, token: world.token(), pid: daemon.pid };
  await wait({ ...order, waiters: 100, rounds: 10, past: 200 });
  const { wakesMs, allMs, bytesEach, watchersLeft } = await wait({ ...order, waiters, rounds, past: 0 });
  const p99 = percentile(wakesMs, 0.99);
  row({
    name: `wake of ${waiters} by one event, p50 / p99`,
    ours: `${ms(percentile(wakesMs, 0.5))} / ${ms(p99)}`,
    ...(theirs[waiters] === undefined ? {} : { reference: `the Rust board, elsewhere: ${theirs[waiters]}` }),
    ...(waiters === 1000 ? { bar: "p99 < 50 ms", met: p99 < 50 } : {}),
  });
  if (waiters === 10_000) {
    const slowest = percentile(allMs, 0.5);
    row({
      name: "all 10,000 awake within (median of rounds)",
      ours: ms(slowest),
      bar: "250 ms",
      met: slowest < 250,
    });
    const kilobytes = bytesEach / 1024;
    row({
      name: "memory of a parked wait",
      ours: `${kilobytes.toFixed(1)} KB`,
      bar: "≤ 10 KB",
      met: kilobytes <= 10,
    });
    row({ name: "waits left after disconnect", ours: `${watchersLeft}`, bar: "0", met: watchersLeft === 0 });
  }
  await daemon.stop();
}

const world = createWorld();
const daemon = await startDaemon(binary, world);
const order = { port: world.port, token: world.token(), pid: daemon.pid, rounds: 0, past: 500 };
await wait({ ...order, waiters: 1 });
const alone = await wait({ ...order, waiters: 1 });
const past = await wait({ ...order, waiters: 500 });
row({
  name: "500 sends, one by one, past 500 waits for others",
  ours: `${ms(past.pastMs)}, ${ms(past.pastCpuMs)} of CPU`,
  reference: `past 1: ${ms(alone.pastMs)}, ${ms(alone.pastCpuMs)}`,
  bar: "< 300 ms, < 300 ms CPU",
  met: past.pastMs < 300 && past.pastCpuMs < 300,
});
await daemon.stop();
