import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cordBinary } from "./support/cord.ts";
import { heading, mb, quick, row } from "./support/rows.ts";
import { startRun, worldWithClaude } from "./support/run.ts";

/** Ten megabytes of results in one prompt, and an agent that prints a gigabyte: whole, and the engine stays small. */

const binary = await cordBinary();
const program = join(import.meta.dir, "support/program.ts");
const small = await peak(100, 0);
const bytes = quick ? 2e8 : 1e9;
const big = await peak(1_000_000, bytes);

heading("bulk");
row({
  name: "10 MB of results in a prompt",
  ours:
    big.saw === null ? "never came" : `${mb(big.saw.length)}, ${big.saw.missing.length} results not whole`,
  bar: "whole",
  met: big.saw !== null && big.saw.length > 10_000_000 && big.saw.missing.length === 0,
});
const growth = big.peak - small.peak;
row({
  name: `the engine's growth, with that and ${bytes / 1e9} GB of output`,
  ours: `${mb(growth)} (peak ${mb(big.peak)})`,
  reference: `the same run with small results: peak ${mb(small.peak)}`,
  bar: "< 100 MB",
  met: growth < 100 * 1_048_576,
});

async function peak(resultBytes: number, printedBytes: number) {
  const world = worldWithClaude(`exec "${process.execPath}" "${program}"`);
  const saw = join(world.folder, "saw.json");
  Object.assign(world.env, {
    BENCH_SAW: saw,
    BENCH_RESULT_BYTES: `${resultBytes}`,
    BENCH_PRINT_BYTES: `${printedBytes}`,
  });
  const run = startRun(binary, world, ["a bulky goal", "--jobs", "4", "--timeout", "5m"]);
  const code = await run.ended;
  if (code !== 0)
    console.log(
      `  cord run exited with ${code}: ${readFileSync(join(world.folder, "run.log"), "utf8").slice(-600)}`,
    );
  const seen: { length: number; missing: number[] } | null = existsSync(saw)
    ? JSON.parse(readFileSync(saw, "utf8"))
    : null;
  await world.end();
  return { peak: run.peak(), saw: seen };
}
