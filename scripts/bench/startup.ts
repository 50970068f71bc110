import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, cordBinary, createWorld, scratch, startDaemon } from "./support/cord.ts";
import { heading, median, ms, percentile, quick, row } from "./support/rows.ts";

/** How long a person waits for a command that does little. */

const rounds = quick ? 15 : 60;
const binary = await cordBinary();
const world = createWorld();
const daemon = await startDaemon(binary, world);
await call(world, "tasks/send", { name: "a task" });

writeFileSync(join(scratch, "empty.ts"), "0;\n");
const empty = join(scratch, "empty");
await Bun.build({ entrypoints: [join(scratch, "empty.ts")], compile: { outfile: empty } });

heading("start-up, from spawn to exit");
const reference = await times([empty]);
row({ name: "an empty compiled program", ours: "", reference: both(reference) });
const version = await times([binary, "version"]);
row({
  name: "cord version",
  ours: both(version),
  reference: both(reference),
  bar: "< 15 ms",
  met: median(version) < 15,
});
const status = await times([binary, "status"]);
row({
  name: "cord status, daemon up",
  ours: both(status),
  reference: "the Rust board, elsewhere: 60–80 ms",
  bar: "< 40 ms",
  met: median(status) < 40,
});
row({
  name: "cord tasks",
  ours: both(await times([binary, "tasks"])),
  reference: "the Rust board, elsewhere: 74 ms",
});
row({ name: "cord --help", ours: both(await times([binary, "--help"])) });
await daemon.stop();
row({ name: "cord status that starts the daemon", ours: ms(await cold()) });

/** Milliseconds of each round; the first is not counted. */
async function times(argv: string[]): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round <= rounds; round += 1) all.push(await once(argv));
  return all.slice(1);
}

async function once(argv: string[]): Promise<number> {
  const from = performance.now();
  const child = Bun.spawn(argv, {
    env: world.env,
    cwd: world.folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await child.exited;
  if (code !== 0) throw new Error(`${argv.join(" ")} exited with ${code}`);
  return performance.now() - from;
}

async function cold(): Promise<number> {
  const taken = await once([binary, "status"]);
  await world.end();
  return taken;
}

function both(values: readonly number[]): string {
  return `p50 ${ms(median(values))}, p90 ${ms(percentile(values, 0.9))}`;
}
