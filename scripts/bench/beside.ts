import { openBridge } from "./support/bridge.ts";
import { call, cordBinary, createWorld, fieldOf, startDaemon } from "./support/cord.ts";
import { load } from "./support/load.ts";
import { cpuMs } from "./support/process.ts";
import { heading, median, ms, percentile, quick, rate, row } from "./support/rows.ts";
import { wait } from "./support/waiters.ts";
import { rpcCall } from "../../test/support/rpc.ts";

/**
 * Whether anything got slower: this cord and another binary, as one of the commit before, in turns and in one run.
 * `bun scripts/bench/beside.ts OTHER [--quick]`
 */

const other = process.argv.slice(2).find((word) => !word.startsWith("--"));
if (other === undefined)
  throw new Error("Name the other binary: bun scripts/bench/beside.ts OTHER [--quick]");
const sent = { name: "a task of the benchmark", kind: "bug", payload: { file: "src/a.ts", line: 1 } };
const rounds = quick ? 3 : 5;
const sides = [await sideOf(await cordBinary()), await sideOf(other)] as const;
type Side = Awaited<ReturnType<typeof sideOf>>;

heading(`this cord, and beside it ${other}: medians of ${rounds} rounds in turns`);
for (const connections of [1, 8, 64]) {
  await besides(`claims, ${connections} connections`, rate, (side) => claims(side, connections));
  await besides(`sends, ${connections} connections`, rate, (side) => sends(side, connections));
}
await besides("CPU of a claim, 64 connections, in µs", (value) => value.toFixed(1), claimCpu);
await besides("a call of tasks_list through cord mcp, p50", ms, bridgeCall);
for (const { bridge } of sides) await bridge.close(); // its session's stream would count as one that waits
await besides("wake of 1 by one event, p50", ms, (side) => wakes(side, 1, 0.5));
await besides("wake of 1,000 by one event, p50", ms, (side) => wakes(side, 1000, 0.5));
await besides("wake of 1,000 by one event, p99", ms, (side) => wakes(side, 1000, 0.99));
for (const { daemon } of sides) await daemon.stop();

/** A daemon of its own, with tasks that it was sent: the other's database may have another schema. */
async function sideOf(binary: string) {
  const world = createWorld();
  const daemon = await startDaemon(binary, world);
  return { world, daemon, bridge: await openBridge(binary, world), ids: [] as string[] };
}

async function besides(
  name: string,
  shown: (value: number) => string,
  measure: (side: Side) => Promise<number>,
) {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (const side of sides) await measure(side);
  for (let round = 0; round < rounds; round += 1) {
    const isOursFirst = round % 2 === 0;
    const first = await measure(sides[isOursFirst ? 0 : 1]);
    const second = await measure(sides[isOursFirst ? 1 : 0]);
    ours.push(isOursFirst ? first : second);
    theirs.push(isOursFirst ? second : first);
  }
  const ratio = median(ours.map((value, round) => value / (theirs[round] ?? value)));
  row({ name, ours: shown(median(ours)), reference: `${shown(median(theirs))}: × ${ratio.toFixed(2)}` });
}

function order({ world }: Side, connections: number) {
  return { port: world.port, token: world.token(), connections, seconds: quick ? 0.5 : 1 };
}

function rpc(method: string, params: object): string {
  return JSON.stringify(rpcCall(method, params));
}

/** What was sent for it does not count. */
async function claimed(side: Side, connections: number): Promise<{ perSecond: number; cpuUs: number }> {
  const wanted = connections === 1 ? 5000 : 15_000 + connections * 300;
  while (side.ids.length < wanted) side.ids.push(...(await sentIds(side, 250)));
  const bodies = side.ids
    .splice(0, wanted)
    .map((id, index) =>
      rpc("tasks/claim", { id, agentId: `agent-${index % connections}`, leaseSeconds: 3600 }),
    );
  const before = cpuMs(side.daemon.pid);
  const { done, perSecond } = await load({
    ...order(side, connections),
    bodies,
    expect: '"claimed_by":"agent-',
  });
  return { perSecond, cpuUs: ((cpuMs(side.daemon.pid) - before) / done) * 1000 };
}

async function sentIds({ world }: Side, count: number): Promise<string[]> {
  const tasks = await Promise.all(Array.from({ length: count }, () => call(world, "tasks/send", sent)));
  return tasks.map((task) => fieldOf(task, "id"));
}

async function claims(side: Side, connections: number): Promise<number> {
  return (await claimed(side, connections)).perSecond;
}

async function claimCpu(side: Side): Promise<number> {
  return (await claimed(side, 64)).cpuUs;
}

async function sends(side: Side, connections: number): Promise<number> {
  return (await load({ ...order(side, connections), body: rpc("tasks/send", sent), expect: '"result"' }))
    .perSecond;
}

async function bridgeCall({ bridge }: Side): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 300; count += 1) {
    const from = performance.now();
    await bridge.ask("tools/call", { name: "tasks_list", arguments: { limit: 5 } });
    times.push(performance.now() - from);
  }
  return median(times);
}

async function wakes({ world, daemon }: Side, waiters: number, share: number): Promise<number> {
  const asked = { port: world.port, token: world.token(), pid: daemon.pid, past: 0 };
  const { wakesMs } = await wait({ ...asked, waiters, rounds: waiters === 1 ? 100 : 10 });
  return percentile(wakesMs, share);
}
