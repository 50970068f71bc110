import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import type { RunOptions } from "../../../src/core/run.ts";
import type { RunLimit } from "../../../src/core/words.ts";
import { randomly, type Random } from "../../support/random.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

/** At a limit a run's work ends, and what there is is put together. */

let rig: Rig;
let run: string;

beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

const Claimed = z.object({
  nodes: z.array(z.object({ node_id: z.string(), budget_tokens: z.number().nullable() })),
});
const RunOf = z.object({
  run: z.object({
    limit_hit: z.string().nullable(),
    standing: z.string(),
    ended_at: z.string().nullable(),
    tokens: z.number(),
  }),
});

const claim = async (engine = "engine") =>
  Claimed.parse(await rig.call("nodes/claim", { run_id: run, engine, limit: 50, settles: true })).nodes;
const states = async (...numbers: number[]) => {
  const all = [];
  for (const number of numbers) all.push((await rig.node(run, number)).state);
  return all;
};
const endWork = (limit: RunLimit = "time") => rig.call("runs/end-work", { run_id: run, limit });
const runNow = async () => RunOf.parse(await rig.call("runs/get", { run_id: run })).run;

async function complete(number: number): Promise<void> {
  const node = await rig.asNode(run, number);
  const { epoch } = await rig.node(run, number);
  await rig.call("nodes/complete", { result: `result ${number}` }, node);
  await rig.call("nodes/settle", { run_id: run, node_id: `#${number}`, epoch });
}

async function report(number: number, told: object): Promise<unknown> {
  const { epoch } = await rig.node(run, number);
  return rig.call("runs/report", { run_id: run, attempts: [{ node_id: `#${number}`, epoch, ...told }] });
}

/** The root waits for #2 to #4, which are claimed. */
async function decomposed(options: Partial<RunOptions> = {}): Promise<void> {
  run = await rig.startRun(options);
  await claim();
  const root = await rig.asNode(run, 1);
  for (const goal of ["two", "three", "four"]) await rig.call("nodes/create", { goal }, root);
  await complete(1);
  await claim();
}

describe("the end of a run's work", () => {
  test("does nothing where nothing is complete that a result could be made of", async () => {
    await decomposed();
    expect(await endWork()).toEqual({ synthesis: false });
    expect(await states(1, 2, 3, 4)).toEqual(["waiting", "claimed", "claimed", "claimed"]);
    expect(await runNow()).toMatchObject({ limit_hit: null });
  });

  test("cancels what works on its own or has not begun, keeps what is handed in, and leads to the synthesis", async () => {
    await decomposed();
    await complete(2);
    // its message is not over
    await rig.call("nodes/complete", { result: "handed in" }, await rig.asNode(run, 3));
    await rig
      .call("nodes/create", { goal: "five", needs: ["#4"] }, await rig.asNode(run, 1))
      .catch(() => null);
    expect(await endWork()).toEqual({ synthesis: true });
    expect(await states(2, 3, 4)).toEqual(["completed", "claimed", "cancelled"]);
    expect((await rig.node(run, 4)).reason).toBe("the run's time is up");
    await rig.call("nodes/settle", { run_id: run, node_id: "#3", epoch: 1 });
    expect(await states(3)).toEqual(["completed"]);
    expect(await claim()).toMatchObject([{ node_id: "#1" }]);
    await complete(1);
    expect(await runNow()).toMatchObject({ limit_hit: "time", standing: "limited" });
  });

  test("hands over for a node that has handed out work and goes on", async () => {
    await decomposed();
    await complete(2);
    await rig.call("nodes/create", { goal: "under three" }, await rig.asNode(run, 3));
    await endWork();
    expect(await states(3, 4, 5)).toEqual(["pending", "cancelled", "cancelled"]);
    expect((await rig.node(run, 3)).phase).toBe("synthesis");
    expect(await claim()).toMatchObject([{ node_id: "#3" }]);
  });

  test("lets nobody begin work any more, but for a run that is gone on with, whose time begins anew", async () => {
    await decomposed();
    await complete(2);
    await endWork();
    await claim();
    await rig.call("nodes/create", { goal: "too late" }, await rig.asNode(run, 1));
    await complete(1);
    expect(await claim()).toEqual([]);
    expect(await states(5)).toEqual(["cancelled"]);
    expect(await claim()).toMatchObject([{ node_id: "#1" }]);
    await complete(1);
    expect(await runNow()).toMatchObject({ standing: "limited" });
    await rig.call("runs/reopen", { run_id: run });
    expect(await runNow()).toMatchObject({ limit_hit: null, ended_at: null });
    expect((await claim()).map(({ node_id }) => node_id)).toEqual(["#3", "#4", "#5"]);
  });

  test("cuts nothing where only syntheses go on, and is no limit then", async () => {
    await decomposed();
    for (const number of [2, 3, 4]) await complete(number);
    expect(await endWork()).toEqual({ synthesis: true });
    await claim();
    await complete(1);
    expect(await runNow()).toMatchObject({ limit_hit: null, standing: "complete" });
  });
});

describe("the tokens of a run", () => {
  const tokens = { total_tokens: 1000, total_budget_usd: null, budget_usd: null };

  test("are those of all its agents, what was read from the cache included, and end its work before the reserve", async () => {
    await decomposed(tokens);
    await complete(2);
    const used = { input_tokens: 700, cached_tokens: 600, output_tokens: 100, usd: 0 };
    expect(await report(2, { ...used, ended: true })).toMatchObject({ spent_tokens: 800, work_over: false });
    expect(await report(3, { input_tokens: 90, output_tokens: 10 })).toMatchObject({
      spent_tokens: 900,
      work_over: true,
    });
    await endWork("total tokens");
    expect((await rig.node(run, 3)).reason).toBe("the run's total of 1,000 tokens is used up");
    await report(3, { input_tokens: 140, output_tokens: 10, ended: true });
    expect(await claim()).toEqual([{ node_id: "#1", budget_tokens: 100 }]);
    await complete(1);
    expect(await runNow()).toMatchObject({ limit_hit: "total tokens", standing: "limited", tokens: 950 });
    const told = rig.events.flatMap((event) => ("run_tokens" in event.data ? [event.data.run_tokens] : []));
    expect(told).toEqual([800, 900, 950]);
  });

  test("that are used up open the run again only with more", async () => {
    await decomposed(tokens);
    await complete(2);
    await report(2, { input_tokens: 1200, output_tokens: 0, ended: true });
    await endWork("total tokens");
    await claim();
    await complete(1);
    const reopen = (some: Partial<RunOptions>) =>
      rig.call("runs/reopen", {
        run_id: run,
        ...(some.total_tokens ? { options: { ...optionsOf, ...some } } : {}),
      });
    const { options: optionsOf } = z
      .object({ run: z.object({ options: z.looseObject({}) }) })
      .parse(await rig.call("runs/get", { run_id: run })).run;
    await expect(reopen({})).rejects.toThrow(/has spent 1,200 of its 1,000 tokens.*--total-tokens 1800/);
    await reopen({ total_tokens: 1800 });
    expect((await claim()).map(({ node_id }) => node_id)).toEqual(["#3", "#4"]);
  });
});

test(
  "however far a run has come, its work ends so that the syntheses lead to its end, and nothing is stuck",
  randomly(async (random) => {
    for (let round = 0; round < 20; round += 1) {
      run = await rig.startRun({ jobs: 8, max_nodes: 60 });
      const held = new Map<number, number>();
      for (let step = 0; step < 30; step += 1) await act(random, held);
      const { synthesis } = z.object({ synthesis: z.boolean() }).parse(await endWork());
      if (!synthesis) continue;
      for (const number of held.keys())
        if ((await rig.node(run, number)).state !== "claimed") held.delete(number);
      for (let step = 0; step < 100 && (await runNow()).ended_at === null; step += 1) {
        await take(held);
        for (const number of held.keys()) await finish(number, held);
      }
      expect((await runNow()).ended_at).not.toBeNull();
    }
  }),
);

/** Claims what is ready. */
async function take(held: Map<number, number>): Promise<void> {
  for (const { node_id } of await claim()) {
    const number = Number(node_id.slice(1));
    held.set(number, (await rig.node(run, number)).epoch);
  }
}

async function finish(number: number, held: Map<number, number>): Promise<void> {
  held.delete(number);
  if ((await rig.node(run, number)).state === "claimed") await complete(number);
}

/** One thing that an agent of the run, or its engine, might do now. */
async function act(random: Random, held: Map<number, number>): Promise<void> {
  if (held.size === 0 || random.chance(0.3)) return take(held);
  const number = random.pick([...held.keys()]);
  const node = await rig.asNode(run, number);
  const { epoch, state } = await rig.node(run, number);
  if (state !== "claimed") return void held.delete(number);
  if (random.chance(0.5))
    return void (await rig.call("nodes/create", { goal: "child" }, node).catch(() => null));
  if (random.chance(0.2)) return void (await rig.call("nodes/ask", { question: "Which?" }, node));
  if (random.chance(0.2)) {
    held.delete(number);
    return void (await rig.call("nodes/fail", { run_id: run, node_id: `#${number}`, epoch, reason: "no" }));
  }
  await finish(number, held);
}
