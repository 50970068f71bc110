import { Database } from "bun:sqlite";
import { cordBinary, createWorld, startDaemon, untilHealthy, type Daemon } from "./support/cord.ts";
import { fill } from "./support/fill.ts";
import { heading, ms, quick, row } from "./support/rows.ts";
import { rpcCall, rpcClient } from "../../test/support/rpc.ts";

/**
 * kill -9 of the daemon while 32 clients claim. Each client keeps what was acknowledged to it, and sends a claim whose
 * answer it did not get again, with the same request id: so in the end each task is claimed once, by whom it says.
 */

const clients = 32;
const kills = quick ? 5 : 20;
const count = quick ? 4000 : 10_000;
const binary = await cordBinary();
const world = createWorld();
const ids = await fill(world.database, { count });
class Refused extends Error {}

let daemon: Daemon = await startDaemon(binary, world);
const token = world.token();

const acknowledged = new Map<string, { agent: string; epoch: number }>();
const doubles: string[] = [];
const next = ids.values();
let left = clients;
/** where the clients are when the daemon has been killed: they go on once it is back */
let back = Promise.resolve();

const backMs: number[] = [];
const working = Array.from({ length: clients }, (_, index) =>
  work(`agent-${index}`).finally(() => (left -= 1)),
);
for (let kill = 1; kill <= kills; kill += 1) {
  while (acknowledged.size < (count * kill) / (kills + 1) && left > 0) await Bun.sleep(1);
  const returned = Promise.withResolvers<void>();
  back = returned.promise;
  await daemon.kill();
  const from = performance.now();
  daemon = await startDaemon(binary, world);
  await untilHealthy(world.url);
  backMs.push(performance.now() - from);
  returned.resolve();
}
await Promise.all(working);
await daemon.stop();

const held = stored();
const lost = [...acknowledged].filter(([id, { agent, epoch }]) => {
  const row = held.get(id);
  return row?.claimed_by !== agent || row.epoch !== epoch;
}).length;
const twice = [...held.values()].filter(({ epoch }) => epoch !== 1).length + doubles.length;
const slowest = Math.max(...backMs);

heading(`kill -9 of the daemon, ${kills} times, during ${count} claims by ${clients} clients`);
row({
  name: "claims acknowledged",
  ours: `${acknowledged.size}`,
  bar: `${count}`,
  met: acknowledged.size === count,
});
row({ name: "acknowledged claims that are not there", ours: `${lost}`, bar: "0", met: lost === 0 });
row({ name: "tasks claimed twice", ours: `${twice}`, bar: "0", met: twice === 0 });
row({ name: "back after, the slowest", ours: ms(slowest), bar: "< 1 s", met: slowest < 1000 });

async function work(agent: string): Promise<void> {
  for (const id of next) {
    const body = JSON.stringify(
      rpcCall("tasks/claim", { id, agentId: agent, leaseSeconds: 3600, request_id: `${agent}/${id}` }),
    );
    const epoch = await claim(body);
    if (acknowledged.has(id)) doubles.push(id);
    acknowledged.set(id, { agent, epoch });
  }
}

/** Until there is an answer. */
async function claim(body: string): Promise<number> {
  for (;;) {
    await back;
    try {
      const response = await rpcClient(world.url, token).post(body);
      const answer: { result?: { epoch: number }; error?: { message: string } } = JSON.parse(
        await response.text(),
      );
      if (answer.result) return answer.result.epoch;
      throw new Refused(answer.error?.message ?? "refused");
    } catch (error) {
      if (error instanceof Refused) throw error;
      await Bun.sleep(1);
    }
  }
}

function stored(): Map<string, { claimed_by: string | null; epoch: number }> {
  const database = new Database(world.database, { readonly: true });
  const rows = database
    .query<{ id: string; claimed_by: string | null; epoch: number }, []>(
      "SELECT id, claimed_by, epoch FROM tasks",
    )
    .all();
  database.close();
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}
