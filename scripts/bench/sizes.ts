import { call, cordBinary, createWorld, startDaemon } from "./support/cord.ts";
import { fill, fillRun } from "./support/fill.ts";
import { load } from "./support/load.ts";
import { memoryOf } from "./support/process.ts";
import { heading, mb, ms, percentile, quick, rate, row } from "./support/rows.ts";
import { rpcCall } from "../../test/support/rpc.ts";

/** What the number of tasks costs: lists, claims and the next ready node among a thousand and a million; memory. */

const lists = [
  ["20 pending bugs", { kind: "bug", state: "pending", limit: 20 }],
  ["50 newest", { limit: 50 }],
  ["20 of any state of a kind", { kind: "bug", limit: 20 }],
  ["20 of a kind that there is none of", { kind: "feature", state: "pending", limit: 20 }],
] as const;

const binary = await cordBinary();

heading("lists and memory");
await amongManyTasks();
heading("by the number of tasks");
for (const count of quick ? [1000, 100_000] : [1000, 100_000, 1_000_000]) await bySize(count);

async function amongManyTasks(): Promise<void> {
  const world = createWorld();
  const fresh = await startDaemon(binary, world);
  const idle = memoryOf(fresh.pid).rss;
  const common = { port: world.port, token: world.token(), connections: 8 };
  const bodies = Array.from({ length: 160_000 }, (_, index) =>
    rpc("tasks/send", {
      name: `task ${index}`,
      kind: index % 100 === 0 ? "bug" : "task",
      payload: { index },
    }),
  );
  const sent = await load({ ...common, connections: 64, bodies, seconds: 120 });
  row({
    name: "memory of the daemon, idle / after 160k tasks",
    ours: `${mb(idle)} / ${mb(memoryOf(fresh.pid).rss)}`,
    reference: "the Rust board, elsewhere: 10 / 266 MB",
  });
  row({ name: "160k sends over 64 connections", ours: `${rate(sent.perSecond)} (p99 ${ms(sent.p99)})` });
  const body = rpc("tasks/list", { kind: "bug", state: "pending", limit: 20 });
  await load({ ...common, body, seconds: 1 });
  const lists = await load({ ...common, body, seconds: 3, expect: '"result":[{' });
  row({
    name: "list 20 of a kind and state among 160k, 8 connections",
    ours: `${rate(lists.perSecond)} (p99 ${ms(lists.p99)})`,
    reference: "the Rust board, elsewhere: 32/s (p99 420 ms)",
    bar: "≥ 3,000/s, p99 < 10 ms",
    met: lists.perSecond >= 3000 && lists.p99 < 10,
  });
  await fresh.stop();
}

async function bySize(count: number): Promise<void> {
  const world = createWorld();
  const ids = await fill(world.database, {
    count,
    task: (index) => ({
      kind: index % 50 === 0 ? "bug" : "task",
      state: index % 10 < 8 ? "completed" : "pending",
    }),
  });
  await fillRun(world.database, "run", Math.min(count, 100_000));
  const pending = ids.filter((_, index) => index % 10 >= 8);
  const daemon = await startDaemon(binary, world);
  const common = { port: world.port, token: world.token(), connections: 1, seconds: 30 };
  const claims = pending
    .filter((_, index) => index % Math.max(1, Math.floor(pending.length / 1200)) === 0)
    .slice(0, 1200)
    .map((id) => rpc("tasks/claim", { id, agentId: "a" }));
  await load({ ...common, bodies: claims.slice(0, claims.length / 6) });
  const claimed = await load({
    ...common,
    bodies: claims.slice(claims.length / 6),
    expect: '"claimed_by":"a"',
  });
  const big = count === 1_000_000;
  row({
    name: `${count.toLocaleString("en")} tasks: claim, p50 / p99`,
    ours: `${ms(claimed.p50)} / ${ms(claimed.p99)}`,
    ...(big ? { bar: "p99 < 5 ms", met: claimed.p99 < 5 } : {}),
  });
  const ready: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const from = performance.now();
    await call(world, "nodes/claim", { run_id: "run", engine: "bench", limit: 1 });
    ready.push(performance.now() - from);
  }
  const readyMs = percentile(ready, 0.5);
  row({
    name: `${count.toLocaleString("en")} tasks: the next ready node, claimed, p50`,
    ours: ms(readyMs),
    ...(big ? { bar: "< 5 ms", met: readyMs < 5 } : {}),
  });
  for (const [name, params] of lists) {
    const listed = await load({
      ...common,
      body: rpc("tasks/list", params),
      seconds: 1,
      expect: '"result":[',
    });
    row({ name: `  list ${name}, p50 / p99`, ours: `${ms(listed.p50)} / ${ms(listed.p99)}` });
  }
  const statuses = await load({
    ...common,
    body: rpc("daemon/status", {}),
    seconds: 1,
    expect: '"result":{',
  });
  row({
    name: "  status, p50 / p99",
    ours: `${ms(statuses.p50)} / ${ms(statuses.p99)}`,
    ...(big ? { bar: "p50 < 5 ms", met: statuses.p50 < 5 } : {}),
  });
  await daemon.stop();
}

function rpc(method: string, params: object): string {
  return JSON.stringify(rpcCall(method, params));
}
