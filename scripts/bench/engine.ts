import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cordBinary, createWorld } from "./support/cord.ts";
import { isAlive, memoryOf } from "./support/process.ts";
import { heading, mb, median, ms, percentile, quick, row } from "./support/rows.ts";
import { chainPlan, daemonOf, eventsOf, startRun, widePlan, worldWithClaude } from "./support/run.ts";

/** The engine on rehearsals: its own CPU per node, how soon a dependent starts, memory beside the agents, and its death. */

const binary = await cordBinary();
const guards = ["--total-tokens", "1000000000", "--timeout", "10h", "--check", "true", "--notify", "true"];

heading("the engine, on rehearsals");
await dependents();
await deaths();
await besideAgents();
await costPerNode();

/** From the moment a result is written to the first instruction of the process that needs it. */
async function dependents(): Promise<void> {
  const steps = quick ? 20 : 100;
  const world = worldWithClaude(
    `echo "$CORD_ATTEMPT $(date +%s%N)" >> "$BENCH_STARTS"\nexport CORD_MCP_URL="$CORD_URL"mcp\nexec "${binary}" rehearse-agent`,
  );
  const starts = join(world.folder, "starts");
  world.env["BENCH_STARTS"] = starts;
  world.env["BENCH_URL"] = world.url;
  world.env["CORD_REHEARSAL_MS"] = "20";
  await startRun(binary, world, [
    chainPlan(world, steps),
    "--max-nodes",
    "500",
    "--max-children",
    "500",
    "--total-budget",
    "1000",
  ]).ended;
  const events = await eventsOf(world, ({ type }) => type === "run.ended");
  const completed = new Map(
    events.flatMap(({ type, number, at }) => (type === "task.completed" ? [[number, Date.parse(at)]] : [])),
  );
  const delays = readFileSync(starts, "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [attempt = "", at = ""] = line.split(" ");
      const number = Number(attempt.split("/")[1]);
      const needed = completed.get(number - 1);
      return number > 2 && needed !== undefined ? [Number(at) / 1e6 - needed] : [];
    });
  await world.end();
  const p99 = percentile(delays, 0.99);
  row({
    name: "a result to the start of its dependent, p50 / p99",
    ours: `${ms(median(delays))} / ${ms(p99)} (${delays.length})`,
    bar: "p99 < 50 ms",
    met: delays.length > 0 && p99 < 50,
  });
}

async function deaths(): Promise<void> {
  const taken: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const world = createWorld();
    world.env["CORD_REHEARSAL_MS"] = "600000";
    const run = startRun(binary, world, [widePlan(world, 20, 0), "--rehearse", "--jobs", "20"]);
    await untilAgents(world, 20);
    const from = performance.now();
    run.kill();
    while (others(world).length > 0 && performance.now() < from + 10_000) await Bun.sleep(5);
    taken.push(performance.now() - from);
    await world.end();
  }
  const slowest = Math.max(...taken);
  row({
    name: "kill -9 of the engine: its 20 agents gone after",
    ours: ms(slowest),
    bar: "< 2 s",
    met: slowest < 2000,
  });
}

async function besideAgents(): Promise<void> {
  const few = await memoryWith(4);
  const many = await memoryWith(12);
  const [perFurther, perFurtherPss] = [(many.rss - few.rss) / 8, (many.pss - few.pss) / 8];
  row({
    name: "beside 4 agents: processes, memory (RSS / PSS)",
    ours: `${few.count}, ${mb(few.rss)} / ${mb(few.pss)}`,
    reference: "the Python tree, elsewhere: 6, 235 MB",
    bar: "< 200 MB",
    met: few.pss < 200 * 1_048_576,
  });
  console.log(`  ${few.parts}`);
  row({
    name: "each further agent (RSS / PSS)",
    ours: `${mb(perFurther)} / ${mb(perFurtherPss)}`,
    bar: "< 20 MB",
    met: perFurtherPss < 20 * 1_048_576,
  });
}

/** The daemon, the engine and the shims while so many agents work. */
async function memoryWith(agents: number) {
  const world = createWorld();
  world.env["CORD_REHEARSAL_MS"] = "600000";
  const run = startRun(binary, world, [widePlan(world, agents, 0), "--rehearse", "--jobs", String(agents)]);
  await untilAgents(world, agents);
  const found = world.processes().filter(({ argv }) => argv[1] !== "rehearse-agent");
  const each = found.map(({ pid, argv }) => ({ name: argv[1] ?? "", ...memoryOf(pid) }));
  const total = (field: "rss" | "pss") => each.reduce((sum, memory) => sum + memory[field], 0);
  const parts = ["serve", "run", "shim"].map((name) => {
    const of = each.filter((memory) => memory.name === name);
    return `${name} ${of
      .map(({ rss, pss }) => `${mb(rss)}/${mb(pss)}`)
      .slice(0, 2)
      .join(", ")}`;
  });
  run.kill();
  await world.end();
  return { count: found.length, rss: total("rss"), pss: total("pss"), parts: parts.join("; ") };
}

/** Bare, and with all on that a run may be held to: limits of tokens and time, checks, a command that tells a person. */
async function costPerNode(): Promise<void> {
  const sizes = quick
    ? [[10, 9]]
    : [
        [40, 24],
        [50, 99],
      ];
  for (const isGuarded of [false, true]) {
    let first: number | null = null;
    for (const [wide = 0, parts = 0] of sizes) {
      const each = await costOf({ wide, parts, isGuarded, first });
      first ??= each;
    }
  }
}

async function costOf(of: {
  wide: number;
  parts: number;
  isGuarded: boolean;
  first: number | null;
}): Promise<number> {
  const { wide, parts, isGuarded, first } = of;
  const nodes = 1 + wide + wide * parts;
  const world = createWorld();
  world.env["CORD_REHEARSAL_MS"] = "0";
  const from = performance.now();
  const run = startRun(binary, world, [
    widePlan(world, wide, parts, isGuarded ? 'check="true"' : undefined),
    "--rehearse",
    "--jobs",
    "16",
    "--max-nodes",
    String(nodes + 10),
    "--max-children",
    "100",
    ...(isGuarded ? guards : []),
  ]);
  const code = await run.ended;
  const seconds = (performance.now() - from) / 1000;
  const each = run.cpuMs() / nodes;
  const within = first === null ? null : each / first;
  row({
    name: `a rehearsal of ${nodes} nodes${isGuarded ? ", limits, a check in each step and notify on" : ""}: the engine's CPU per node`,
    ours: `${ms(each)} (daemon ${ms(run.daemonCpuMs() / nodes)}, ${seconds.toFixed(0)} s, peak ${mb(run.peak())}${code === 0 ? "" : `, EXIT ${code}`})`,
    bar: within === null ? "< 5 ms" : "within 20 % of the smaller",
    met: code === 0 && (within === null ? each < 5 : within < 1.2),
  });
  await world.end();
  return each;
}

function others(world: ReturnType<typeof createWorld>) {
  const daemon = daemonOf(world);
  return world.processes().filter(({ pid }) => pid !== daemon && isAlive(pid));
}

async function untilAgents(world: ReturnType<typeof createWorld>, count: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  const agents = () => world.processes().filter(({ argv }) => argv[1] === "rehearse-agent").length;
  // the root's own process may still be ending
  while (agents() < count && performance.now() < deadline) await Bun.sleep(50);
  await Bun.sleep(1500);
}
