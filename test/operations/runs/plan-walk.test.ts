import { expect, test } from "bun:test";
import { CordError } from "../../../src/core/error.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { finalStates } from "../../../src/core/words.ts";
import type { StoredTask } from "../../../src/store/tables/task-row.ts";
import { randomly, type Random } from "../../support/random.ts";
import { human, openRig, type Rig } from "../../support/operations/rig.ts";

/**
 * Runs whose every plan a person has to approve, walked at random by agents and people. What each act does alone is the walk's
 * of test/operations/walk.test.ts; here it is that nothing unapproved is worked on, and that nothing is ever stuck.
 */

const walks = 15;
const steps = 120;

test(
  "nothing of a plan is worked on before it is approved, and every run can be brought to its end",
  randomly(async (random) => {
    for (let round = 0; round < walks; round += 1) await walk(random);
  }),
);

async function walk(random: Random): Promise<void> {
  const rig = openRig();
  try {
    const plan = random.pick(["root", "all"] as const);
    const run = await rig.startRun({ plan, jobs: 256, max_nodes: 60, max_children: 6, max_depth: 5 });
    for (let step = 0; step < steps; step += 1) {
      await act(rig, run, random);
      await check(rig);
    }
    await drain(rig, run);
  } finally {
    await rig.close();
  }
}

/** One act of an agent or a person; what cannot be is refused, and that is all. */
async function act(rig: Rig, run: string, random: Random): Promise<void> {
  const rows = (await rig.rows()).filter(({ state }) => !finalStates.includes(state) || random.chance(0.1));
  const row = rows.length === 0 ? undefined : random.pick(rows);
  if (row === undefined) return;
  const node = { run_id: run, node_id: `#${row.number}` };
  const agent = await rig.asNode(run, row.number);
  const needs = random.chance(0.3) ? [`#${random.pick(rows).number}`] : [];
  await random
    .pick([
      () => rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 4 }),
      () => rig.call("nodes/create", { goal: "child", needs }, agent),
      () => rig.call("nodes/create", { goal: "child", needs }, agent),
      () => rig.call("nodes/create", { ...node, goal: "child", needs }, human),
      () => rig.call("nodes/complete", { result: "done" }, agent),
      () => rig.call("nodes/complete", { result: "done" }, agent),
      () => rig.call("nodes/fail", { ...node, epoch: row.epoch, reason: "no", final: random.chance(0.3) }),
      () => rig.call("nodes/pause", node),
      () => rig.call("nodes/resume", node),
      () => rig.call("nodes/resume", node),
      () => (row.number === 1 && random.chance(0.9) ? null : rig.call("nodes/stop", node)),
      () => rig.call("nodes/retry", node),
      () => rig.call("runs/approve", random.chance(0.5) ? node : { run_id: run }),
      () => rig.call("runs/shown", { run_id: run }),
      () => rig.call("runs/reject", { ...node, text: "otherwise" }),
      () => edit(rig, run, row.number, random),
      () => rig.call("runs/reopen", { run_id: run }),
      async () => {
        rig.advance(40_000);
        await rig.sweep();
      },
    ])()
    ?.catch(unlessRefused);
}

/** Some of a plan's nodes stay, some go, some come, in another order. */
async function edit(rig: Rig, run: string, number: number, random: Random): Promise<void> {
  const planner = `#${number}`;
  const read = (await rig.call("runs/plan", { run_id: run, node_id: planner })) as { plans: Plan[] };
  const nodes = (read.plans[0]?.nodes ?? []).flatMap(({ node_id, parent, goal, needs }) =>
    random.chance(0.8) ? [{ node_id, parent, goal, needs }] : [],
  );
  if (random.chance(0.5)) nodes.reverse();
  const parents = [planner, ...nodes.map(({ node_id }) => node_id)];
  if (random.chance(0.6))
    nodes.push({ node_id: "new", parent: random.pick(parents), goal: "new", needs: [random.pick(parents)] });
  if (random.chance(0.6))
    nodes.push({ node_id: "newer", parent: random.pick(parents), goal: "newer", needs: [] });
  await rig.call("runs/edit", { run_id: run, node_id: planner, nodes });
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof CordError) || error.code === "internal") throw error;
}

/** What must hold of the rows at every moment. */
async function check(rig: Rig): Promise<void> {
  const rows = await rig.rows();
  const counts: Record<string, number> = { done: 0, lost: 0, proposed: 0, removed: 0 };
  const count = (word: string, holds: boolean) => (counts[word] = (counts[word] ?? 0) + Number(holds));
  for (const row of rows) {
    const isOpen = !finalStates.includes(row.state);
    const children = rows.filter(({ parent_id, proposed }) => parent_id === row.id && proposed >= 0);
    const open = children.filter(({ state }) => !finalStates.includes(state));
    const label = `#${row.number} ${row.state}`;
    if (row.proposed !== 0) expect([label, row.epoch]).toEqual([label, 0]);
    if (row.proposed > 0) expect([label, row.state]).not.toEqual([label, "claimed"]);
    if (row.proposed < 0) expect([label, row.state]).toEqual([label, "cancelled"]);
    // what is taken out counts nowhere, and neither does what is counted of it
    if (row.proposed >= 0)
      expect([label, row.children, row.open_children]).toEqual([label, children.length, open.length]);
    if (row.state === "waiting") expect([label, open.length > 0]).toEqual([label, true]);
    if (isOpen) expect([label, unmetOf(row, rows)]).toEqual([label, row.unmet]);
    count("done", row.state === "completed");
    count("lost", row.state === "failed" || (row.state === "cancelled" && row.stopped_by === null));
    count("proposed", row.proposed > 0 && isOpen);
    count("removed", row.proposed < 0);
  }
  const kept = await rig.store.read((tx) =>
    tx.all<{ word: string; n: number }>("SELECT word, n FROM counts WHERE what = 'nodes'"),
  );
  const all: Record<string, number> = { done: 0, lost: 0, proposed: 0, removed: 0 };
  for (const { word, n } of kept) all[word] = n;
  expect(all).toEqual(counts);
}

function unmetOf({ needs }: StoredTask, rows: readonly StoredTask[]): number {
  const ids: unknown = needs === null ? [] : JSON.parse(needs);
  if (!Array.isArray(ids)) throw new Error("needs are no list");
  return ids.filter((id) => rows.find((row) => row.id === id)?.state !== "completed").length;
}

/** A person resumes what is paused and approves what waits; agents do the rest. */
async function drain(rig: Rig, run: string): Promise<void> {
  const isOver = async () => finalStates.includes((await rig.node(run, 1)).state);
  for (let round = 0; !(await isOver()); round += 1) {
    expect(round).toBeLessThan(200);
    for (const { state, number } of await rig.rows())
      if (state === "paused")
        await rig.call("nodes/resume", { run_id: run, node_id: `#${number}` }).catch(unlessRefused);
    await rig.call("runs/approve", { run_id: run }).catch(unlessRefused);
    rig.advance(40_000);
    await rig.sweep();
    await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 100 });
    for (const { state, number } of await rig.rows())
      if (state === "claimed")
        await rig
          .call("nodes/complete", { result: "done" }, await rig.asNode(run, number))
          .catch(unlessRefused);
    await check(rig);
  }
}
