import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { claudeEnv } from "../../test/support/claude/claude.ts";
import { call, calls, say, startModel, type Script } from "../../test/support/claude/model.ts";
import { cordBinary, createWorld } from "./support/cord.ts";
import { heading, median, ms, percentile, quick, row } from "./support/rows.ts";
import { eventsOf, startRun } from "./support/run.ts";

/** The real Claude Code on a scripted model that answers at once: how soon an agent's first model call comes. */

const rounds = quick ? 2 : 5;
const steps = quick ? 3 : 6;
const binary = await cordBinary();

/** The root creates a chain; each of it completes at once. */
const script: Script = (turn) => {
  if (turn.stepSincePrompt > 0) return say("Done.");
  if (turn.node !== "#1" || turn.phase === "synthesis") return call("complete", { result: "done" });
  const chain = Array.from(
    { length: steps },
    (_, step) =>
      ["create", { goal: `step ${step}`, ...(step === 0 ? {} : { needs: [`#${step + 1}`] }) }] as const,
  );
  return turn.stepSincePrompt === 0 ? calls([...chain, ["complete", { result: "created" }]]) : say("Done.");
};

const alone: number[] = [];
const roots: number[] = [];
const warmRoots: number[] = [];
const dependents: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  alone.push(await claudeAlone());
  const { cold, warm, after } = await treeOfClaudes();
  roots.push(cold);
  warmRoots.push(warm);
  dependents.push(...after);
}

heading("the real Claude Code, from a start to its first model call");
const reference = `claude -p alone: ${both(alone)}`;
row({
  name: "cord run, the daemon started too",
  ours: both(roots),
  reference,
  bar: "< 1 s",
  met: median(roots) < 1000,
});
row({
  name: "cord run, the daemon up",
  ours: both(warmRoots),
  reference,
  bar: "< 1 s",
  met: median(warmRoots) < 1000,
});
row({
  name: "a result to its dependent's first model call",
  ours: both(dependents),
  reference,
  bar: "< 1 s",
  met: median(dependents) < 1000,
});

async function claudeAlone(): Promise<number> {
  const world = createWorld();
  const model = await startModel(() => say("Hello."));
  const home = join(world.folder, "home");
  mkdirSync(home);
  const from = performance.now();
  const child = Bun.spawn(["claude", "-p", "--output-format", "stream-json", "--verbose"], {
    env: { ...world.env, ...claudeEnv(model, home) },
    cwd: world.folder,
    stdin: new Blob(["Say hello."]),
    stdout: "ignore",
    stderr: "ignore",
  });
  const { startedAt } = await model.waitFor(() => true);
  await child.exited;
  await model.stop();
  return startedAt - from;
}

async function treeOfClaudes(): Promise<{ cold: number; warm: number; after: number[] }> {
  const world = createWorld();
  const model = await startModel(script);
  const home = join(world.folder, "home");
  mkdirSync(home);
  Object.assign(world.env, claudeEnv(model, home), world.env, { PATH: claudeEnv(model, home)["PATH"] ?? "" });
  const coldFrom = performance.now();
  const first = startRun(binary, world, ["a chain of steps"]);
  const coldRoot = await model.waitFor(({ node }) => node === "#1");
  await first.ended;
  const events = await eventsOf(world, ({ type }) => type === "run.ended");
  const completed = new Map(
    events.flatMap(({ type, number, at }) => (type === "task.completed" ? [[number, Date.parse(at)]] : [])),
  );
  const after = model.requests.flatMap(({ node, phase, step, startedAt }) => {
    const needed = completed.get(Number(node?.slice(1)) - 1);
    const first = phase === "work" && step === 0 && Number(node?.slice(1)) > 2;
    return first && needed !== undefined ? [performance.timeOrigin + startedAt - needed] : [];
  });
  const before = model.requests.length;
  const warmFrom = performance.now();
  const second = startRun(binary, world, ["a chain of steps"]);
  const warmRoot = await model.waitFor(
    (turn) => turn.node === "#1" && model.requests.indexOf(turn) >= before,
  );
  second.kill();
  await second.ended;
  await world.end();
  await model.stop();
  return { cold: coldRoot.startedAt - coldFrom, warm: warmRoot.startedAt - warmFrom, after };
}

function both(values: readonly number[]): string {
  return `p50 ${ms(median(values))}, max ${ms(percentile(values, 1))} (${values.length})`;
}
