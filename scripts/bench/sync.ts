import { join } from "node:path";
import { scratch } from "./support/cord.ts";
import { startBoard, type Board } from "./support/group-commit.ts";
import { load } from "./support/load.ts";
import { cpuMs } from "./support/process.ts";
import { heading, median, ms, quick, rate, row } from "./support/rows.ts";

/**
 * Why cord syncs its log in line, in the commit: the smallest board with group commit that does so, and one that syncs in
 * another thread while the next batch runs, in turns; on this disk, and on one whose syncs take 10 ms longer. What arrives
 * during a sync waits for the next one either way, so that it is no faster, but smaller batches cost more CPU; only a request
 * for what is not stored gains (the GET). Look at it on a quiet machine: on a busy one a thread that does not sleep in a commit
 * keeps the processor from other processes.
 */

const rounds = quick ? 5 : 9;

await compare("this disk", {});
const slow = await slowDisk();
if (slow === null) console.log("No C compiler, or no Linux: a slow disk is not simulated.");
else await compare("a disk whose syncs take 10 ms longer", slow);

interface Seen {
  perSecond: number;
  p50: number;
  cpuUs: number;
  healthMs: number;
}

async function compare(disk: string, env: Record<string, string>) {
  heading(
    `synced in line, as cord does, and beside it (reference), ${disk}: medians of ${rounds} rounds in turns`,
  );
  const inLine = await startBoard(`${disk}, in line`, "in line", env);
  const beside = await startBoard(`${disk}, beside`, "beside", env);
  for (const board of [inLine, beside]) await measure(board, 64);
  for (const connections of [1, 16, 64]) {
    const [ours, theirs]: [Seen[], Seen[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      for (const board of round % 2 === 0 ? [inLine, beside] : [beside, inLine])
        (board === inLine ? ours : theirs).push(await measure(board, connections));
    }
    const ratio = median(ours.map(({ perSecond }, round) => (theirs[round]?.perSecond ?? 0) / perSecond));
    row({
      name: `one durable row a request, ${connections} connections`,
      ours: shown(ours),
      reference: `× ${ratio.toFixed(2)}: ${shown(theirs)}`,
    });
  }
  await inLine.stop();
  await beside.stop();
}

/** What writers see, and meanwhile somebody who asks for nothing that is stored. */
async function measure({ port, pid }: Board, connections: number): Promise<Seen> {
  const before = cpuMs(pid);
  const writing = load({ port, token: "", connections, body: "{}", seconds: 0.4, expect: "done" });
  const health: number[] = [];
  const asking = setInterval(() => {
    const from = performance.now();
    void fetch(`http://127.0.0.1:${port}/`)
      .then((response) => response.text())
      .then(() => health.push(performance.now() - from));
  }, 20);
  const { done, perSecond, p50 } = await writing;
  clearInterval(asking);
  return { perSecond, p50, cpuUs: ((cpuMs(pid) - before) / done) * 1000, healthMs: median(health) };
}

function shown(seen: Seen[]): string {
  const of = (name: keyof Seen) => median(seen.map((one) => one[name]));
  const cpuUs = seen.reduce((sum, one) => sum + one.cpuUs, 0) / seen.length; // counted in steps of 10 ms
  return `${rate(of("perSecond"))}, p50 ${ms(of("p50"))}, CPU ${cpuUs.toFixed(0)} µs, GET ${ms(of("healthMs"))}`;
}

async function slowDisk(): Promise<Record<string, string> | null> {
  const compiler = Bun.which("cc") ?? Bun.which("gcc");
  if (process.platform !== "linux" || compiler === null) return null;
  const library = join(scratch, "slow-sync.so");
  const source = join(import.meta.dirname, "support/slow-sync.c");
  const child = Bun.spawn([compiler, "-shared", "-fPIC", "-o", library, source], { stderr: "inherit" });
  return (await child.exited) === 0 ? { LD_PRELOAD: library, SLOW_SYNC_US: "10000" } : null;
}
