import { Database } from "bun:sqlite";
import { join } from "node:path";
import { startBare } from "./support/bare.ts";
import { call, cordBinary, createWorld, scratch, startDaemon } from "./support/cord.ts";
import { fill } from "./support/fill.ts";
import { load, type LoadResult } from "./support/load.ts";
import { cpuMs } from "./support/process.ts";
import { heading, ms, quick, rate, row } from "./support/rows.ts";

/** Durable claims and sends over HTTP, beside a bare Elysia route and a bare group commit of bun:sqlite. */

const seconds = quick ? 1 : 3;
const sendParams = { name: "a task of the benchmark", kind: "bug", payload: { file: "src/a.ts", line: 1 } };
const binary = await cordBinary();
const world = createWorld();
const ids = await fill(world.database, { count: quick ? 200_000 : 600_000 });
const daemon = await startDaemon(binary, world);
const sample = {
  jsonrpc: "2.0",
  id: 1,
  result: await call(world, "tasks/claim", { id: ids.pop(), agentId: "warm" }),
};
const bare = await startBare(JSON.stringify(sample));

await loadBare(64);
await loadClaims(64);

heading("claims and sends, each answered when it is durable");
for (const connections of [1, 8, 64]) {
  const reference = await loadBare(connections);
  const before = cpuMs(daemon.pid);
  const ours = await loadClaims(connections);
  const cpu = cpuMs(daemon.pid) - before;
  const ratio = ours.perSecond / reference.perSecond;
  row({
    name: `claims over HTTP, ${connections} connections`,
    ours: `${rate(ours.perSecond)} (p99 ${ms(ours.p99)}, CPU ${((cpu / ours.done) * 1000).toFixed(0)} µs each)`,
    reference: `Elysia ${rate(reference.perSecond)} (p99 ${ms(reference.p99)}): ${Math.round(ratio * 100)} %`,
    ...barOf(connections, ours, ratio),
  });
  if (ours.refused > 0) console.log(`  ${ours.refused} of them refused: not a fair figure`);
}
const raw = groupCommits(128);
row({ name: "bun:sqlite alone, FULL, 128 claims in one commit", ours: "", reference: rate(raw) });
for (const connections of [1, 8, 64]) {
  const ours = await load({
    ...common(connections),
    body: rpc("tasks/send", sendParams),
    expect: '"result"',
  });
  row({
    name: `sends over HTTP, ${connections} connections`,
    ours: `${rate(ours.perSecond)} (p99 ${ms(ours.p99)})`,
    reference: `the Rust board, elsewhere: ${{ 1: "3.9k", 8: "7.2k", 64: "7.6k" }[connections] ?? ""}`,
  });
}
await bare.stop();
await daemon.stop();

function barOf(connections: number, ours: LoadResult, ratio: number): { bar?: string; met?: boolean } {
  if (connections === 1) return { bar: "≥ 3k/s", met: ours.perSecond >= 3000 };
  if (connections !== 64) return {};
  return {
    bar: "≥ 60 %, ≥ 25k/s, p99 < 10 ms",
    met: ratio >= 0.6 && ours.perSecond >= 25_000 && ours.p99 < 10,
  };
}

function common(connections: number) {
  return { port: world.port, token: world.token(), connections, seconds };
}

function loadClaims(connections: number): Promise<LoadResult> {
  const share = ids.splice(-Math.min(ids.length, connections === 1 ? 20_000 * seconds : 50_000 * seconds));
  const bodies = share.map((id, index) =>
    rpc("tasks/claim", { id, agentId: `agent-${index % connections}`, leaseSeconds: 3600 }),
  );
  return load({ ...common(connections), bodies, expect: '"claimed_by":"agent-' });
}

/** The same bodies, and an answer of the same size. */
function loadBare(connections: number): Promise<LoadResult> {
  const body = rpc("tasks/claim", { id: Bun.randomUUIDv7(), agentId: "agent-1", leaseSeconds: 3600 });
  return load({ ...common(connections), port: bare.port, body, expect: '"claimed_by":"warm' });
}

function rpc(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
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
