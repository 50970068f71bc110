import { Database } from "bun:sqlite";
import { join } from "node:path";
import { startBare, startDurable } from "./support/bare.ts";
import { call, cordBinary, createWorld, scratch, startDaemon } from "./support/cord.ts";
import { fill } from "./support/fill.ts";
import { load, type LoadResult } from "./support/load.ts";
import { cpuMs } from "./support/process.ts";
import { heading, median, ms, quick, rate, row } from "./support/rows.ts";
import { rpcCall } from "../../test/support/rpc.ts";
import { startRustBoard } from "./support/rust-board.ts";

/**
 * Durable claims and sends over HTTP, in slices that alternate with those of the references: a bare Elysia route, one that
 * does one durable commit, and the Rust board, which does not wait for the disk.
 */

const seconds = quick ? 0.4 : 1;
const rounds = quick ? 3 : 5;
const sendParams = { name: "a task of the benchmark", kind: "bug", payload: { file: "src/a.ts", line: 1 } };
const binary = await cordBinary();
const world = createWorld();
const ids = await fill(world.database, { count: quick ? 250_000 : 900_000 });
const daemon = await startDaemon(binary, world);
const sample = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  result: await call(world, "tasks/claim", { id: ids.pop(), agentId: "warm" }),
});
const bare = await startBare(sample);
const durable = await startDurable(sample, quick ? 100_000 : 300_000);
const rust = await startRustBoard(quick ? 100_000 : 250_000);
if (rust === null)
  console.log("CORD_BENCH_COORD names no Rust board: its figures are those of another machine.");

const elsewhere: Readonly<Record<string, string>> = {
  "claims 1": "3.2k",
  "claims 8": "4.3–5.6k",
  "claims 64": "5.5k",
  "sends 1": "3.9k",
  "sends 8": "7.2k",
  "sends 64": "7.6k",
};

heading("claims and sends, each answered when it is durable: medians of rounds in turns");
for (const connections of [1, 8, 64]) {
  await compare("claims", connections, () => claims(connections));
  await compare("sends", connections, () => sends(connections));
}
row({
  name: "bun:sqlite alone, FULL, 128 claims in one commit",
  ours: "",
  reference: rate(groupCommits(128)),
});
await rust?.stop();
await durable.stop();
await bare.stop();
await daemon.stop();

async function compare(what: "claims" | "sends", connections: number, ours: () => Promise<LoadResult>) {
  const slices = { ours, bare: () => bareCalls(connections), rust: () => rustCalls(what, connections) };
  const [seen, cpu, toBare, toRust, toDurable]: [LoadResult[], number[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
    [],
  ];
  await ours();
  for (let round = 0; round < rounds; round += 1) {
    const reference = await slices.bare();
    const before = cpuMs(daemon.pid);
    const result = await slices.ours();
    cpu.push(((cpuMs(daemon.pid) - before) / result.done) * 1000);
    const other = await slices.rust();
    seen.push(result);
    toBare.push(result.perSecond / reference.perSecond);
    if (other) toRust.push(result.perSecond / other.perSecond);
    if (connections === 1) toDurable.push(result.perSecond / (await durableClaims()).perSecond);
  }
  const p99 = median(seen.map((result) => result.p99));
  const refused = seen.reduce((sum, result) => sum + result.refused, 0);
  const ratios = { bare: median(toBare), rust: median(toRust), durable: median(toDurable) };
  row({
    name: `${what}, ${connections} connections`,
    ours: `${rate(median(seen.map(({ perSecond }) => perSecond)))} (p99 ${ms(p99)}, CPU ${median(cpu).toFixed(1)} µs)`,
    reference: [
      `Elysia ${Math.round(ratios.bare * 100)} %`,
      connections === 1 ? `with a commit ${Math.round(ratios.durable * 100)} %` : null,
      rust
        ? `Rust board × ${ratios.rust.toFixed(1)}`
        : `Rust board elsewhere ${elsewhere[`${what} ${connections}`]}`,
    ]
      .filter((part) => part !== null)
      .join(", "),
    ...barOf(connections, ratios, p99),
  });
  if (refused > 0) console.log(`  ${refused} of them refused: not a fair figure`);
}

function barOf(
  connections: number,
  ratios: { bare: number; rust: number; durable: number },
  p99: number,
): { bar?: string; met?: boolean } {
  if (connections === 1) return { bar: "≥ 70 % of one with a commit", met: ratios.durable >= 0.7 };
  if (connections !== 64) return {};
  return {
    bar: "≥ 35 %, × 4, p99 < 10 ms",
    met: ratios.bare >= 0.35 && (rust === null || ratios.rust >= 4) && p99 < 10,
  };
}

function common(connections: number) {
  return { port: world.port, token: world.token(), connections, seconds };
}

function claims(connections: number): Promise<LoadResult> {
  return load({
    ...common(connections),
    ...claimed(ids, connections, connections === 1 ? 15_000 : 50_000),
    expect: '"claimed_by":"agent-',
  });
}

function sends(connections: number): Promise<LoadResult> {
  return load({ ...common(connections), body: rpc("tasks/send", sendParams), expect: '"result"' });
}

/** The same bodies, and an answer of the same size. */
function bareCalls(connections: number): Promise<LoadResult> {
  const body = claimOf(Bun.randomUUIDv7(), "agent-1");
  return load({ ...common(connections), port: bare.port, body, expect: '"claimed_by":"warm' });
}

function durableClaims(): Promise<LoadResult> {
  const bodies = claimed(durable.ids, 1, 20_000);
  return load({ ...common(1), ...bodies, port: durable.port, expect: '"claimed_by":"warm' });
}

async function rustCalls(what: "claims" | "sends", connections: number): Promise<LoadResult | null> {
  if (rust === null) return null;
  const order =
    what === "claims"
      ? { ...claimed(rust.ids, connections, 20_000), expect: '"claimed_by":"agent-' }
      : { body: rpc("tasks/send", sendParams), expect: '"result"' };
  return load({ ...common(connections), ...order, port: rust.port });
}

/** More than a slice takes at so many a second. */
function claimed(from: string[], connections: number, maxPerSecond: number): { bodies: string[] } {
  const share = from.splice(-Math.min(from.length, maxPerSecond * seconds));
  return { bodies: share.map((id, index) => claimOf(id, `agent-${index % connections}`)) };
}

function claimOf(id: string, agentId: string): string {
  return rpc("tasks/claim", { id, agentId, leaseSeconds: 3600 });
}

function rpc(method: string, params: object): string {
  return JSON.stringify(rpcCall(method, params));
}

/** The least that a claim costs: one UPDATE and one event, so many in a commit. */
function groupCommits(atOnce: number): number {
  const database = new Database(join(scratch, "raw.db"), { create: true, strict: true });
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA synchronous = FULL");
  database.run("CREATE TABLE tasks (id TEXT PRIMARY KEY, state TEXT, claimed_by TEXT, epoch INTEGER) STRICT");
  database.run("CREATE INDEX by_state ON tasks (state)");
  database.run("CREATE TABLE events (seq INTEGER PRIMARY KEY, task_id TEXT, type TEXT) STRICT");
  const rows = Array.from({ length: quick ? 20_000 : 100_000 }, () => Bun.randomUUIDv7());
  const insert = database.query("INSERT INTO tasks VALUES (?, 'pending', NULL, 0)");
  database.transaction(() => rows.forEach((id) => insert.run(id)))();
  const claim = database.query(
    "UPDATE tasks SET state = 'claimed', claimed_by = 'a', epoch = epoch + 1 WHERE id = ? AND state = 'pending' RETURNING epoch",
  );
  const event = database.query("INSERT INTO events (task_id, type) VALUES (?, 'task.claimed')");
  const commit = database.transaction((batch: string[]) => {
    for (const id of batch) {
      claim.get(id);
      event.run(id);
    }
  });
  const started = performance.now();
  for (let from = 0; from < rows.length; from += atOnce) commit(rows.slice(from, from + atOnce));
  const perSecond = (rows.length / (performance.now() - started)) * 1000;
  database.close();
  return perSecond;
}
