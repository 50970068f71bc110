import { expect, test } from "bun:test";
import { finalStates } from "../../../src/core/words.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";
import { randomly, type Random } from "../../support/random.ts";

/** Whatever happens to nodes that have a check, in any order: only a check that has passed lets a result count. */

const walks = 12;
const steps = 250;

interface Walk {
  rig: Rig;
  run: string;
  random: Random;
}

test(
  "nodes with checks, walked at random: none completes but by a check that has passed, and the run can always end",
  randomly(async (random) => {
    for (let round = 0; round < walks; round += 1) {
      const rig = openRig();
      try {
        const run = await rig.startRun({ check: "make", jobs: 256, max_depth: 4, max_nodes: 30 });
        const walk = { rig, run, random };
        for (let step = 0; step < steps; step += 1) await random.pick(acts)(walk);
        onlyByChecks(rig);
        await toTheEnd(walk);
        onlyByChecks(rig);
      } finally {
        await rig.close();
      }
    }
  }),
);

/** Each completion of a node is told right after its check. A decomposition is none: its node waits then. */
function onlyByChecks({ events }: Rig): void {
  for (const [index, { type, number }] of events.entries()) {
    if (type !== "task.completed") continue;
    const before = events.slice(0, index).findLast((event) => event.number === number);
    expect([number, before?.type, before?.type === "attempt.checked" && before.data.verdict]).toEqual([
      number,
      "attempt.checked",
      "passed",
    ]);
  }
}

const report = (verdict: "passed" | "failed" | "not run") => ({
  command: "make",
  code: verdict === "passed" ? 0 : 1,
  verdict,
  why: null,
  output: "",
  took_ms: 1,
});

async function any({ rig, run, random }: Walk) {
  const rows = (await rig.rows()).filter(({ run_id }) => run_id === run);
  const row = random.pick(rows);
  // sometimes an earlier attempt's
  const epoch = random.chance(0.85) ? row.epoch : Math.max(0, row.epoch - 1);
  return { number: row.number, held: { run_id: run, node_id: `#${row.number}`, epoch } };
}

/** What is refused in the state that things are in is of no interest here. */
async function tried(rig: Rig, ...[name, input, caller]: Parameters<Rig["call"]>): Promise<void> {
  await rig.call(name, input, caller).catch(() => {});
}

const acts: readonly ((walk: Walk) => Promise<void>)[] = [
  ({ rig, run }) => tried(rig, "nodes/claim", { run_id: run, engine: "engine", limit: 3, settles: true }),
  ({ rig, run }) => tried(rig, "nodes/claim", { run_id: run, engine: "engine", limit: 3, settles: true }),
  async (walk) => {
    const { number } = await any(walk);
    const caller = await walk.rig.asNode(walk.run, number);
    await tried(walk.rig, "nodes/complete", { result: `result of ${number}` }, caller);
  },
  async (walk) => {
    const caller = await walk.rig.asNode(walk.run, (await any(walk)).number);
    await tried(walk.rig, "nodes/create", { goal: "child", check: "make" }, caller);
  },
  async (walk) =>
    tried(walk.rig, "nodes/complete", { ...(await any(walk)).held, result: "text", to_check: true }),
  async (walk) => {
    const check = report(walk.random.pick(["passed", "passed", "failed"]));
    const passed = walk.random.chance(0.7) ? { check } : {};
    await tried(walk.rig, "nodes/settle", { ...(await any(walk)).held, ...passed });
  },
  async (walk) =>
    tried(walk.rig, "nodes/refuse", {
      ...(await any(walk)).held,
      check: report(walk.random.pick(["failed", "not run"])),
    }),
  async (walk) => tried(walk.rig, "nodes/release", (await any(walk)).held),
  async (walk) =>
    tried(walk.rig, "nodes/fail", { ...(await any(walk)).held, reason: "x", final: walk.random.chance(0.2) }),
  ({ rig, run }) => tried(rig, "nodes/takeover", { run_id: run, engine: "engine" }),
  async ({ rig, random }) => {
    rig.advance(random.int(20_000));
    await rig.sweep();
  },
  async (walk) => {
    const { run_id, node_id } = (await any(walk)).held;
    const name = walk.random.pick([
      "nodes/pause",
      "nodes/resume",
      "nodes/resume",
      "nodes/retry",
      "nodes/stop",
    ] as const);
    if (name !== "nodes/stop" || walk.random.chance(0.1)) await tried(walk.rig, name, { run_id, node_id });
  },
];

/** All is worked on, and each check passes. */
async function toTheEnd({ rig, run }: Walk): Promise<void> {
  for (let round = 0; round < 500; round += 1) {
    const rows = (await rig.rows()).filter(
      ({ run_id, state }) => run_id === run && !finalStates.includes(state),
    );
    if (rows.length === 0) return;
    await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50, settles: true });
    for (const { number, state } of rows) {
      const target = { run_id: run, node_id: `#${number}` };
      if (state === "paused") await tried(rig, "nodes/resume", target);
      const { epoch } = await rig.node(run, number);
      await tried(rig, "nodes/complete", { result: "last" }, await rig.asNode(run, number));
      await tried(rig, "nodes/settle", { ...target, epoch });
      await tried(rig, "nodes/settle", { ...target, epoch, check: report("passed") });
    }
  }
  throw new Error("The run did not come to its end.");
}
