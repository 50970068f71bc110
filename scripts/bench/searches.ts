import { call, cordBinary, createWorld, startDaemon } from "./support/cord.ts";
import { load } from "./support/load.ts";
import { heading, ms, percentile, quick, row } from "./support/rows.ts";
import { rpcCall } from "../../test/support/rpc.ts";

/**
 * What no index answers alone: searches that find nothing among many tasks, and waiters with an old cursor beside a send.
 * CORD_BENCH_BINARY=… measures another build, such as that of the commit before.
 */

const count = quick ? 20_000 : 200_000;
const binary = await cordBinary();
const world = createWorld();
const daemon = await startDaemon(binary, world);
const common = { port: world.port, token: world.token(), connections: 1 };
await post();

heading(`searches that find nothing, among ${count.toLocaleString("en")} tasks`);
/** Each asks for something else: that nothing was found is remembered until something changes. */
const searches: readonly [string, (at: number) => object][] = [
  ["a name", (at) => ({ name_contains: `zebra ${at}` })],
  ["a name, of what is pending", (at) => ({ name_contains: `zebra ${at}`, state: "pending" })],
  ["claimed_by", (at) => ({ claimed_by: `nobody ${at}` })],
  ["claimed_by, in a project", (at) => ({ claimed_by: `nobody ${at}`, project: "/p" })],
  ["priority", (at) => ({ priority: `someday ${at}` })],
  ["priority, in a project", (at) => ({ priority: `someday ${at}`, project: "/p" })],
];
for (const [name, filterAt] of searches) {
  const bodies = Array.from({ length: quick ? 200 : 400 }, (_, at) => rpc("tasks/list", filterAt(at)));
  const { p50, p99 } = await load({ ...common, bodies, seconds: 10, expect: '"result":[' });
  row({ name, ours: `${ms(p50)} / ${ms(p99)}`, bar: "p50 < 20 ms", met: p50 < 20 });
}

heading(`waiters with an old cursor, at ${count.toLocaleString("en")} events`);
await beside(0);
await beside(20);
await daemon.stop();

/** A send's time while so many look through the whole log for what is not there. */
async function beside(waiters: number): Promise<void> {
  let isOver = false;
  const looks = Array.from({ length: waiters }, (_, at) =>
    call(world, "tasks/list", { since: 1, name_contains: `nobody ${at}`, wait_ms: 1 }),
  );
  const from = performance.now();
  const all = Promise.all(looks).then(() => performance.now() - from);
  void all.then(() => (isOver = true));
  const sends: number[] = [];
  while (sends.length < 20 || (!isOver && sends.length < 5000)) {
    const started = performance.now();
    await call(world, "tasks/send", { name: "beside", kind: "other" });
    sends.push(performance.now() - started);
  }
  row({
    name: `a send beside ${waiters} of them, p50 / p99 / worst`,
    ours: `${ms(percentile(sends, 0.5))} / ${ms(percentile(sends, 0.99))} / ${ms(percentile(sends, 1))}`,
    ...(waiters === 0 ? {} : { bar: "worst < 50 ms", met: percentile(sends, 1) < 50 }),
  });
  if (waiters > 0) row({ name: "  and all of them have looked within", ours: ms(await all) });
}

async function post(): Promise<void> {
  const perBody = 100;
  const bodies = Array.from({ length: count / perBody }, (_, at) =>
    JSON.stringify(Array.from({ length: perBody }, (_, index) => sendOf(at * perBody + index))),
  );
  await load({ ...common, connections: 8, bodies, seconds: 300 });
}

function sendOf(index: number): object {
  const params = {
    name: `Fix the login on Safari when the cookie is old, number ${index}`,
    kind: ["task", "bug", "ack", "feature"][index % 4],
    priority: ["normal", "high", "low", "urgent"][index % 4],
    ...(index % 2 === 0 ? {} : { project: "/p" }),
  };
  return rpcCall("tasks/send", params, index);
}

function rpc(method: string, params: object): string {
  return JSON.stringify(rpcCall(method, params));
}
