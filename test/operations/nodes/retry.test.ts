import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomly } from "../../support/random.ts";
import { moneyAddsUp } from "../../support/operations/invariants.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";
import { runOptions } from "../../support/run-options.ts";

/** What failed can be tried again, with what hung on it; what is complete is not paid for a second time. */

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun();
});
afterEach(() => rig.close());

const claim = () => rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50 });
const create = async (parent: number, input: object = {}) =>
  rig.call("nodes/create", { goal: "child", ...input }, await rig.asNode(run, parent));
const complete = async (number: number, result: unknown = `result of ${number}`) =>
  rig.call("nodes/complete", { result }, await rig.asNode(run, number));
const fail = async (number: number, input: object = {}) => {
  const { epoch } = await rig.node(run, number);
  return rig.call("nodes/fail", {
    run_id: run,
    node_id: `#${number}`,
    epoch,
    reason: "no",
    final: true,
    ...input,
  });
};
const spent = async (number: number, usd: number) => {
  const { epoch } = await rig.node(run, number);
  const told = { node_id: `#${number}`, epoch, usd, ended: true };
  await rig.call("runs/report", { run_id: run, attempts: [told] });
};
const retry = (number: number) => rig.call("nodes/retry", { run_id: run, node_id: `#${number}` });
const reopen = (input: object = {}) => rig.call("runs/reopen", { run_id: run, ...input });
const rows = async () => (await rig.rows()).filter(({ run_id }) => run_id === run);
const states = async () => (await rows()).map(({ number, state }) => `${number} ${state}`);
const summary = async () => rig.call("runs/get", { run_id: run });

/** Root with #2, #3 which needs it, and #4; all claimed that can be. */
async function fannedOut(): Promise<void> {
  await claim();
  await create(1, { goal: "first" });
  await create(1, { goal: "needs it", needs: ["#2"] });
  await create(1, { goal: "beside" });
  await complete(1, "planned");
  await claim();
}

const isOpen = ({ state }: { state: string }) => !["completed", "failed", "cancelled"].includes(state);

/** What each row says of others is what those say. */
async function expectConsistent(): Promise<void> {
  const all = await rows();
  for (const row of all) {
    const children = all.filter(({ parent_id }) => parent_id === row.id);
    const needs: string[] = row.needs === null ? [] : JSON.parse(row.needs);
    const unmet = needs.filter((id) => all.find((other) => other.id === id)?.state !== "completed").length;
    expect({ number: row.number, open: row.open_children, unmet: row.unmet }).toEqual({
      number: row.number,
      open: children.filter(isOpen).length,
      unmet,
    });
  }
}

describe("a node that failed", () => {
  test("is tried again with what was cancelled because of it, and its parent synthesises anew", async () => {
    await fannedOut();
    await fail(2);
    await complete(4);
    await claim();
    await complete(1, "without the first");
    expect(await states()).toEqual(["1 completed", "2 failed", "3 cancelled", "4 completed"]);

    expect(await retry(2)).toMatchObject({ retried: "#2", goal: "first", with: ["#3"], run_id: run });
    expect(await states()).toEqual(["1 waiting", "2 pending", "3 pending", "4 completed"]);
    await expectConsistent();
    expect(await summary()).toMatchObject({ run: { ended_at: null, lost: 0, done: 1 } });
    expect(rig.events.slice(-4).map(({ type, number }) => `${type} ${number}`)).toEqual([
      "run.reopened null",
      "task.waiting 1",
      "task.retried 2",
      "task.retried 3",
    ]);

    await claim();
    await complete(2);
    await claim();
    await complete(3);
    const claimed = await claim();
    expect(claimed).toMatchObject({
      nodes: [
        {
          brief: {
            phase: "synthesis",
            said: "without the first",
            children: [{}, {}, { result: "result of 4" }],
          },
        },
      ],
    });
    await complete(1, "whole");
    expect(await summary()).toMatchObject({
      run: { standing: "complete" },
      nodes: [{ result: "whole" }, {}, {}, {}],
    });
    await expectConsistent();
  });

  test("is tried again while its siblings work and while its parent synthesises already", async () => {
    await fannedOut();
    await fail(2);
    await retry(2);
    expect(await states()).toEqual(["1 waiting", "2 pending", "3 pending", "4 claimed"]);
    await claim();
    await fail(2);
    await complete(4);
    expect(await rig.node(run, 1)).toMatchObject({ state: "pending", phase: "synthesis" });
    await retry(2);
    expect(await rig.node(run, 1)).toMatchObject({ state: "waiting", open_children: 2 });
    await claim();
    await fail(2);
    await claim();
    await retry(2);
    expect(await rig.node(run, 1)).toMatchObject({ state: "claimed", open_children: 2 });
    await complete(1, "too early");
    expect(await rig.node(run, 1)).toMatchObject({ state: "waiting" });
    await expectConsistent();
  });

  test("is in its parent's result also when it ends before the synthesis that had begun without it", async () => {
    await fannedOut();
    await fail(2);
    await complete(4);
    await claim();
    await retry(2);
    await claim();
    await complete(2);
    await claim();
    await complete(3);
    await complete(1, "too early");
    expect(await claim()).toMatchObject({
      nodes: [{ node_id: "#1", brief: { phase: "synthesis", said: "too early" } }],
    });
    await complete(1, "whole");
    expect(await summary()).toMatchObject({
      run: { standing: "complete" },
      nodes: [{ result: "whole" }, {}, {}, {}],
    });
  });

  test("that is a question is put again by whoever asked it", async () => {
    await claim();
    await rig.call("nodes/ask", { question: "Which?" }, await rig.asNode(run, 1));
    await rig.call("nodes/stop", { run_id: run, node_id: "#2" });
    await expect(retry(2)).rejects.toThrow("#2 is a question. The node that asked it asks again");
  });

  test("has two tries again, and starts afresh", async () => {
    await claim();
    await fail(1, { final: false });
    await claim();
    await fail(1, { final: false });
    expect(await states()).toEqual(["1 failed"]);
    await retry(1);
    expect(await claim()).toMatchObject({ nodes: [{ session_id: null, brief: { phase: "work" } }] });
    await fail(1, { final: false });
    expect(await states()).toEqual(["1 pending"]);
  });

  test("opens those above it too that failed, in the phase they were in", async () => {
    await fannedOut();
    await fail(2);
    await complete(4);
    await claim();
    await fail(1);
    expect(await states()).toEqual(["1 failed", "2 failed", "3 cancelled", "4 completed"]);
    expect(await retry(3).catch(String)).toContain("#3 waits for #2, which failed and will have no result");
    await retry(2);
    expect(await states()).toEqual(["1 waiting", "2 pending", "3 pending", "4 completed"]);
    await expectConsistent();
  });

  test("opens what was cancelled with its parent, and nothing that waits for another that failed", async () => {
    await claim();
    await create(1, { goal: "one" });
    await create(1, { goal: "two" });
    await create(1, { goal: "needs both", needs: ["#2", "#3"] });
    await complete(1);
    await claim();
    await fail(2);
    await fail(3);
    await retry(2);
    expect(await states()).toEqual(["1 waiting", "2 pending", "3 failed", "4 cancelled"]);
    await retry(3);
    expect(await states()).toEqual(["1 waiting", "2 pending", "3 pending", "4 pending"]);
    await expectConsistent();
  });

  test("leaves alone who has worked with the results there were, and who waits for them waits on", async () => {
    await claim();
    await create(1, { goal: "decomposes" });
    await create(1, { goal: "has its result", needs: ["#2"] });
    await complete(1);
    await claim();
    await create(2, { goal: "part" });
    await complete(2);
    await claim();
    await fail(4);
    await claim();
    await complete(2, "without the part");
    await claim();
    await complete(3);
    await retry(4);
    expect(await states()).toEqual(["1 waiting", "2 waiting", "3 completed", "4 pending"]);
    for (const number of [4, 2, 1]) {
      await claim();
      await complete(number);
    }
    expect(await states()).toEqual(["1 completed", "2 completed", "3 completed", "4 completed"]);
    await expectConsistent();
  });

  test.each([
    [
      "complete",
      async () => void (await complete(1)),
      /#1 of run .* is complete: only what failed or was cancelled/,
    ],
    ["active", async () => {}, /#1 of run .* is active: only what failed or was cancelled/],
  ])("is none when it is %s", async (_, act, refusal) => {
    await claim();
    await act();
    await expect(retry(1)).rejects.toThrow(refusal);
  });
});

describe("a run", () => {
  test("opens all that failed or could not come about, and not what somebody stopped", async () => {
    await fannedOut();
    await rig.call("nodes/stop", { run_id: run, node_id: "#2" });
    await fail(4);
    await claim();
    await complete(1);
    expect(await summary()).toMatchObject({ run: { standing: "partial", lost: 1 } });
    expect(await reopen()).toEqual({ run_id: run, retried: ["#4"] });
    expect(await states()).toEqual(["1 waiting", "2 cancelled", "3 cancelled", "4 pending"]);
    await retry(2);
    expect(await states()).toEqual(["1 waiting", "2 pending", "3 pending", "4 pending"]);
    await expectConsistent();
  });

  test("that its total budget stopped goes on with another, and is refused without", async () => {
    run = await rig.startRun({ total_budget_usd: 1, jobs: 1 });
    await fannedOut();
    await spent(1, 0);
    await claim();
    await spent(2, 1.1);
    await complete(2);
    for (let turn = 0; turn < 3; turn += 1) await claim();
    await complete(1, "the first alone");
    expect(await summary()).toMatchObject({
      run: { standing: "limited", limit_hit: "total budget", lost: 2 },
    });
    await expect(reopen()).rejects.toThrow(/has spent \$1\.10 of its \$1\.00.*--total-budget 1\.7/);
    const options = { ...runOptions, total_budget_usd: 5 };
    expect(await reopen({ options })).toEqual({ run_id: run, retried: ["#3", "#4"] });
    expect(await summary()).toMatchObject({ run: { limit_hit: null, options: { total_budget_usd: 5 } } });
    expect(await claim()).toMatchObject({ nodes: [{ node_id: "#3" }, { node_id: "#4" }] });
    expect(await states()).toEqual(["1 waiting", "2 completed", "3 claimed", "4 claimed"]);
  });

  test("in which nothing failed has nothing to try again", async () => {
    await claim();
    await complete(1);
    await expect(reopen()).rejects.toThrow("is over (complete). Nothing in it failed");
  });
});

test(
  "whatever failed and whatever is tried again, the run holds together and comes to its end",
  randomly(async (random) => {
    for (let round = 0; round < 25; round += 1) {
      run = await rig.startRun({ jobs: 256, max_nodes: 60, max_depth: 5 });
      for (let step = 0; step < 60; step += 1) {
        await claim();
        const all = await rows();
        const row = random.pick(all);
        const number = row.number ?? 0;
        if (row.state === "claimed") {
          const needs = all.filter(() => random.chance(0.2)).map((need) => `#${need.number}`);
          if (random.chance(0.5)) await create(number, { needs }).catch(() => undefined);
          await (random.chance(0.6) ? complete(number) : fail(number));
        } else if (random.chance(0.3)) await retry(number).catch(() => undefined);
        else if (random.chance(0.2)) await reopen().catch(() => undefined);
        else if (random.chance(0.1))
          await rig.call("nodes/stop", { run_id: run, node_id: `#${number}` }).catch(() => undefined);
        if (row.state === "claimed") await spent(number, random.int(9));
        await expectConsistent();
        await moneyAddsUp(rig);
      }
      for (let step = 0; step < 500 && (await summaryOf()).ended_at === null; step += 1) {
        await claim();
        const row = (await rows()).find(({ state }) => state === "claimed");
        if (row) await complete(row.number ?? 0);
      }
      expect((await summaryOf()).ended_at).not.toBeNull();
    }
  }),
);

async function summaryOf() {
  const runs = (await rig.call("runs/list", { limit: 1000 })) as { id: string; ended_at: string | null }[];
  return runs.find(({ id }) => id === run) ?? { ended_at: null };
}
