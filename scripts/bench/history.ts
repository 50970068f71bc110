import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { rpcCall, rpcClient } from "../../test/support/rpc.ts";
import { busyYear, seenLately } from "./support/busy-year.ts";
import {
  call,
  cordBinary,
  createWorld,
  fieldOf,
  startDaemon,
  untilHealthy,
  type World,
} from "./support/cord.ts";
import { load, type LoadResult } from "./support/load.ts";
import { heading, mb, ms, percentile, quick, row } from "./support/rows.ts";

/**
 * A million events, and a year that is rolled up as it passes: what a person waits for, beside the same on an empty board. And what
 * others wait for while a million old events go into the archive.
 */

const events = quick ? 100_000 : 1_000_000;
const rounds = quick ? 6 : 10;
const dayMs = 86_400_000;
const keptMs = 90 * dayMs;
const binary = await cordBinary();
/** of the daemon that rolls up */
const openToken = "0123456789abcdef0123456789abcdef";

interface Board {
  name: string;
  world: World;
}

const boards: Board[] = [
  { name: "empty", world: createWorld() },
  { name: "a million", world: createWorld() },
  { name: "a year", world: createWorld() },
];
const [empty, million, year] = boards;
if (!empty || !million || !year) throw new Error("There are three boards.");

heading(`${events.toLocaleString("en")} events`);
const began = performance.now();
await busyYear({
  database: million.world.database,
  from: Date.now() - 500 * dayMs,
  days: 60,
  events,
  archive: null,
});
const old = createWorld();
mkdirSync(dirname(old.database), { recursive: true });
copyFileSync(million.world.database, old.database);
const folder = join(dirname(year.world.database), "history");
const rolled = await busyYear({
  database: year.world.database,
  from: Date.now() - 365 * dayMs,
  days: 365,
  events,
  archive: { folder, keptMs },
});
row({ name: "both boards made", ours: `${((performance.now() - began) / 1000).toFixed(0)} s` });
row({
  name: "the year: database, archive",
  ours: `${mb(sizeOf(year.world.database))}, ${mb(sizeOf(folder))} in ${rolled.files} files`,
  reference: `all of it in the database: ${mb(sizeOf(million.world.database))}`,
});

/** What a person waits for, in milliseconds: by the name of the board. */
const measures: { name: string; measure: (world: World) => Promise<number> }[] = [
  { name: "cord status", measure: (world) => command(world, ["status"]) },
  { name: "cord top --once", measure: (world) => command(world, ["top", "--once"]) },
  { name: "cord top --once --all", measure: (world) => command(world, ["top", "--once", "--all"]) },
  { name: "cord tasks --all", measure: (world) => command(world, ["tasks", "--all"]) },
  {
    name: "cord tasks --all --state completed",
    measure: (world) => command(world, ["tasks", "--all", "--state", "completed"]),
  },
  { name: "cord agents --all", measure: (world) => command(world, ["agents", "--all"]) },
  {
    name: "cord wait --timeout 0, nothing there",
    measure: (world) => command(world, ["wait", "--kind", "nothing", "--timeout", "0"], 2),
  },
  { name: "100 events by HTTP, from the newest but 100", measure: newestEvents },
];

const daemons = [];
const starts = boards.map(() => [] as number[]);
for (let round = 0; round < 7; round += 1)
  for (const [index, { world }] of boards.entries()) {
    const from = performance.now();
    const daemon = await startDaemon(binary, world);
    starts[index]?.push(performance.now() - from);
    if (round < 6) await daemon.stop();
    else daemons.push(daemon);
  }
tell("cord serve, until it answers", starts);
for (const { world } of boards)
  for (let sent = 0; sent < 120; sent += 1)
    await call(world, "tasks/send", { name: `one of the newest ${sent}` });
for (const { name, measure } of measures) {
  const taken = boards.map(() => [] as number[]);
  for (let round = 0; round < rounds; round += 1)
    for (const [index, { world }] of boards.entries()) taken[index]?.push(await measure(world));
  tell(name, taken);
}
const claims = { p50: boards.map(() => [] as number[]), p99: boards.map(() => [] as number[]) };
for (let round = 0; round < rounds; round += 1)
  for (const [index, { world }] of boards.entries()) {
    const { p50, p99 } = await claimsOn(world, 150);
    claims.p50[index]?.push(p50);
    claims.p99[index]?.push(p99);
  }
tell("claim over HTTP, p50", claims.p50);
tell("claim over HTTP, p99", claims.p99);
for (const daemon of daemons) await daemon.stop();

heading("old events go into the archive, while others work");
await seenLately(old.database);
await rollUpUnderLoad();

/** The lower quarter of each: what else the machine does makes some rounds longer, and none shorter. */
function tell(what: string, taken: readonly (readonly number[])[]): void {
  const [reference = 0, ...others] = taken.map((values) => percentile(values, 0.25));
  for (const [index, value] of others.entries())
    row({
      name: `${what}: ${boards[index + 1]?.name}`,
      ours: ms(value),
      reference: `empty: ${ms(reference)}`,
      bar: "within twice",
      met: value <= 2 * reference,
    });
}

async function command(world: World, args: readonly string[], expected = 0): Promise<number> {
  const from = performance.now();
  const child = Bun.spawn([binary, ...args], {
    env: world.env,
    cwd: world.folder,
    stdio: ["ignore", "ignore", "ignore"],
  });
  const code = await child.exited;
  if (code !== expected) throw new Error(`cord ${args.join(" ")} exited with ${code}`);
  return performance.now() - from;
}

async function newestEvents(world: World): Promise<number> {
  const seq = Number(fieldOf(await call(world, "daemon/status", {}), "seq"));
  await call(world, "tasks/send", { name: "the newest" });
  const from = performance.now();
  const stream = await fetch(`${world.url}events?since=${Math.max(0, seq - 100)}`, {
    headers: { authorization: `Bearer ${world.token()}` },
  });
  let text = "";
  for await (const chunk of stream.body ?? []) {
    text += new TextDecoder().decode(chunk);
    if (text.includes(`id: ${seq + 1}`)) break;
  }
  return performance.now() - from;
}

/** Claims of tasks that were sent for it, one after the other. */
async function claimsOn(world: World, count: number) {
  const common = { port: world.port, token: world.token(), seconds: 60 };
  const ids = Array.from({ length: count }, () => Bun.randomUUIDv7());
  const sent: string[] = [];
  for (const name of ids) sent.push(fieldOf(await call(world, "tasks/send", { name }), "id"));
  const bodies = sent.map((id) => JSON.stringify(rpcCall("tasks/claim", { id, agentId: "a" })));
  return load({ ...common, connections: 1, bodies, expect: '"claimed_by":"a"' });
}

async function rollUpUnderLoad(): Promise<void> {
  const archive = join(old.folder, "history");
  const log = join(old.folder, "rolling.log");
  const daemonOn = async (firstMs: number) => {
    const program = join(import.meta.dir, "support/rolling-daemon.ts");
    const child = Bun.spawn(
      [process.execPath, program, `${old.port}`, old.database, openToken, archive, `${firstMs}`],
      { stdio: ["ignore", "inherit", Bun.file(log)] },
    );
    await untilHealthy(old.url, () => child.exitCode !== null);
    return child;
  };
  const quiet = await daemonOn(3_600_000);
  const without = await burstsOfClaims();
  quiet.kill();
  await quiet.exited;
  const rolling = await daemonOn(500);
  const from = performance.now();
  const meanwhile = await burstsOfClaims();
  row({
    name: "claims meanwhile, 8 connections, p50 / p99 / longest",
    ours: `${ms(meanwhile.p50)} / ${ms(meanwhile.p99)} / ${ms(meanwhile.max)}`,
    reference: `without: ${ms(without.p50)} / ${ms(without.p99)} / ${ms(without.max)}`,
    bar: "p99 < 25 ms",
    met: meanwhile.p99 < 25,
  });
  const said = () => readFileSync(log, "utf8");
  while (!said().includes("history:") && performance.now() - from < 45_000) await Bun.sleep(200);
  row({
    name: `after ${((performance.now() - from) / 1000).toFixed(0)} s`,
    ours: `${mb(sizeOf(archive))} of archive, ${await completedTasks()} ended tasks left`,
    reference: `database before: ${mb(sizeOf(million?.world.database ?? ""))}`,
  });
  console.log(`  ${said().trim()}`);
  rolling.kill();
  await rolling.exited;
}

async function completedTasks(): Promise<string> {
  const { result } = await rpcClient(old.url, openToken).rpc("daemon/status", {});
  return /"completed":(\d+)/.exec(JSON.stringify(result))?.[1] ?? "0";
}

/** Claims in bursts, half a second from one to the next, so that they meet all that a roll-up does. */
async function burstsOfClaims(): Promise<{ p50: number; p99: number; max: number }> {
  const client = rpcClient(old.url, openToken);
  const found: LoadResult[] = [];
  for (let burst = 0; burst < 20; burst += 1) {
    const bodies: string[] = [];
    for (let sent = 0; sent < 150; sent += 1) {
      const { result } = await client.rpc("tasks/send", { name: "claimed meanwhile" });
      bodies.push(JSON.stringify(rpcCall("tasks/claim", { id: fieldOf(result, "id"), agentId: "a" })));
    }
    const order = { port: old.port, token: openToken, connections: 8, bodies, seconds: 30 };
    found.push(await load({ ...order, expect: '"claimed_by":"a"' }));
    await Bun.sleep(500);
  }
  const middle = (of: "p50" | "p99") =>
    percentile(
      found.map((one) => one[of]),
      0.5,
    );
  return { p50: middle("p50"), p99: middle("p99"), max: Math.max(...found.map(({ max }) => max)) };
}

function sizeOf(path: string): number {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}
