import { openBridge } from "./support/bridge.ts";
import { cordBinary, createWorld, startDaemon } from "./support/cord.ts";
import { memoryOf } from "./support/process.ts";
import { heading, mb, median, ms, percentile, quick, row } from "./support/rows.ts";

/** The stdio bridge of a tab: how soon it answers, what a call through it takes, and what it holds. */

const binary = await cordBinary();
const world = createWorld();
const daemon = await startDaemon(binary, world);

const ups: number[] = [];
for (let round = 0; round < (quick ? 5 : 20); round += 1) {
  const bridge = await openBridge(binary, world);
  ups.push(bridge.upMs);
  await bridge.close();
}
const bridge = await openBridge(binary, world);
const tools = await bridge.ask("tools/list", {});
const calls: number[] = [];
for (let round = 0; round < (quick ? 300 : 2000); round += 1) {
  const from = performance.now();
  await bridge.ask("tools/call", { name: "tasks_list", arguments: { limit: 5 } });
  calls.push(performance.now() - from);
}
const { rss, pss } = memoryOf(bridge.pid);
await bridge.close();
await daemon.stop();

heading("cord mcp, the daemon up");
const up = median(ups);
row({
  name: "from spawn to the answer of initialize",
  ours: `p50 ${ms(up)}, max ${ms(percentile(ups, 1))}`,
  reference: "the Rust board, elsewhere: 57–75 ms",
  bar: "< 100 ms",
  met: up < 100,
});
const p50 = median(calls);
row({
  name: "a call of tasks_list, p50 / p99",
  ours: `${ms(p50)} / ${ms(percentile(calls, 0.99))}`,
  reference: "the Rust board, elsewhere: 0.65 / 3–5 ms",
  bar: "p50 < 1 ms",
  met: p50 < 1,
});
row({
  name: "memory (RSS / PSS), and the tool list",
  ours: `${mb(rss)} / ${mb(pss)}, ${(tools.length / 1000).toFixed(1)} kB`,
  reference: "the Rust board, elsewhere: 14.5 MB, 8.0 kB",
});
