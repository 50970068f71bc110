import { existsSync } from "node:fs";
import { join } from "node:path";
import { kitNamed, runKit } from "../a2a-kit.ts";
import { costOf, tokenBudget } from "../count-tools.ts";
import { call, cordBinary, createWorld, fieldOf, startDaemon } from "./support/cord.ts";
import { memoryOf } from "./support/process.ts";
import { heading, mb, median, ms, quick, row } from "./support/rows.ts";

/**
 * What the protocols cost: `bun scripts/bench/protocols.ts [--quick]`. CORD_BENCH_BEFORE names a binary of before them,
 * which is measured in turns; TCK_KIT the folder of A2A's compatibility kit, of which it counts then what holds
 * (scripts/a2a-kit.ts). What holds of MCP's suite is in test/conformance/mcp-suite.test.ts and beside it.
 */

const rounds = quick ? 9 : 41;
const before = process.env["CORD_BENCH_BEFORE"];
if (before !== undefined && !existsSync(before)) throw new Error(`CORD_BENCH_BEFORE: no file ${before}`);
const binaries = [await cordBinary(), ...(before === undefined ? [] : [before])] as const;

heading("the lists of tools, as a client gets them");
for (const profile of ["board", "tree"] as const) {
  const { tools, tokens } = costOf(profile);
  row({
    name: `${profile}: ${tools} tools`,
    ours: `about ${tokens} tokens`,
    bar: `< ${tokenBudget}`,
    met: tokens < tokenBudget,
  });
}

heading(`who speaks no protocol pays for none: medians of ${rounds} rounds in turns`);
const slower = 1.05;
show("cord version, from spawn to exit", ms, await inTurns(version));
const starts = await inTurns(start);
const ofEach = (figure: keyof Start) => starts.map((all) => all.map((start) => start[figure]));
show("the daemon's start, from spawn to health", ms, ofEach("upMs"));
show("its first claim", ms, ofEach("claimMs"));
show("from spawn to that claim's answer", ms, ofEach("wholeMs"));
show("its memory then, PSS", mb, ofEach("bytes"));

process.exitCode = await streams();

const kit = kitNamed();
if (kit !== null) {
  heading("A2A's compatibility kit, but for its known mistakes");
  for (const { transports, least } of [
    { transports: "jsonrpc", least: 99 },
    { transports: "jsonrpc,http_json", least: 170 },
  ]) {
    const { passed, failed } = await runKit(kit, transports);
    row({
      name: transports,
      ours: `${passed} passed, ${failed.length} failed`,
      bar: `≥ ${least} passed, 0 failed`,
      met: passed >= least && failed.length === 0,
    });
  }
}

/** What each binary was measured at; the first round is not counted. */
async function inTurns<Measured>(measure: (binary: string) => Promise<Measured>): Promise<Measured[][]> {
  const all = binaries.map((): Measured[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...binaries.entries()];
    for (const [side, binary] of round % 2 === 0 ? order : order.toReversed()) {
      const measured = await measure(binary);
      if (round > 0) all[side]?.push(measured);
    }
  }
  return all;
}

function show(name: string, shown: (value: number) => string, [ours = [], theirs]: number[][]): void {
  if (theirs === undefined) return row({ name, ours: shown(median(ours)) });
  const ratio = median(ours) / median(theirs);
  row({
    name,
    ours: shown(median(ours)),
    reference: `before ${shown(median(theirs))}: × ${ratio.toFixed(2)}`,
    bar: `not slower: within × ${slower}`,
    met: ratio < slower,
  });
}

async function version(binary: string): Promise<number> {
  const from = performance.now();
  const child = Bun.spawn([binary, "version"], { stdio: ["ignore", "ignore", "inherit"] });
  await child.exited;
  return performance.now() - from;
}

interface Start {
  upMs: number;
  claimMs: number;
  wholeMs: number;
  bytes: number;
}

async function start(binary: string): Promise<Start> {
  const world = createWorld();
  const from = performance.now();
  const daemon = await startDaemon(binary, world);
  const up = performance.now();
  const id = fieldOf(await call(world, "tasks/send", { name: "the first" }), "id");
  const sent = performance.now();
  await call(world, "tasks/claim", { id, agentId: "bench" });
  const claimed = performance.now();
  const { pss } = memoryOf(daemon.pid);
  await daemon.stop();
  return { upMs: up - from, claimMs: claimed - sent, wholeMs: claimed - from, bytes: pss };
}

/** The bench of A2A's streams, in a process of its own. */
async function streams(): Promise<number> {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "a2a-streams.ts"), ...(quick ? ["--quick"] : [])],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  return child.exited;
}
