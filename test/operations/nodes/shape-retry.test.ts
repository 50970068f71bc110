import { expect, test } from "bun:test";
import { CordError } from "../../../src/core/error.ts";
import { nodeOptionsOf } from "../../../src/core/node-options.ts";
import { finalStates } from "../../../src/core/words.ts";
import type { TaskRow } from "../../../src/store/tables/task-row.ts";
import { randomly, type Random } from "../../support/random.ts";
import { OneRun } from "../../support/operations/one-run.ts";

/**
 * Trees of all shapes whose nodes fail, are stopped, paused and tried again at random. No model says how each step goes: what
 * must hold of the rows is looked at after each, and in the end everything has ended as its shape says.
 */
const walks = 25;
const steps = 120;

test(
  "a tree of all shapes with failures, stops, pauses and retries holds together, and is never stuck",
  randomly(async (random) => {
    for (let round = 0; round < walks; round += 1) await walk(random);
  }),
);

test("a retry that would have complete nodes wait for themselves is refused, and left out when all of a run is tried again", async () => {
  const it = await OneRun.start();
  const [above, needed] = [await it.create(1), await it.create(1)];
  const lost = await it.create(above);
  await it.claim();
  await it.create(lost, { needs: [`#${needed}`] });
  await it.complete(1);
  await it.complete(above);
  await it.fail(lost);
  await it.claim();
  await it.complete(above);
  const circle = await it.create(needed, { needs: [`#${above}`] });
  await it.complete(needed);
  const why = `a node above it, which is complete, would have to wait for it, and it, by what it needs, for that node. Try again when #${needed} has ended.`;
  await expect(it.do("retry", lost)).rejects.toThrow(why);
  const reopened = it.rig.call("runs/reopen", { run_id: it.id });
  await expect(reopened).rejects.toThrow("Nothing in it failed that could be tried again");
  await it.claim();
  await it.complete(circle);
  await it.claim();
  await it.complete(needed);
  await it.do("retry", lost);
  expect(await it.states()).toMatchObject({ [`#${above}`]: "waiting", [`#${lost}`]: "pending" });
  await it.rig.close();
});

async function walk(random: Random): Promise<void> {
  const it = await OneRun.start({ max_nodes: 10_000, max_depth: 20, max_children: 1000 });
  const trace: string[] = [];
  try {
    for (let step = 0; step < steps; step += 1) {
      await act(it, random, trace);
      await holdsTogether(it);
    }
    await drain(it);
    await endedAsTheirShapesSay(it);
  } catch (error) {
    throw new Error(`${String(error)}\nafter:\n${trace.slice(-30).join("\n")}`, { cause: error });
  } finally {
    await it.rig.close();
  }
}

async function act(it: OneRun, random: Random, trace: string[]): Promise<void> {
  const rows = await it.rig.rows();
  const any = () => random.pick(rows).number;
  const among = (...states: string[]) => {
    const some = rows.filter(({ state }) => states.includes(state));
    return some.length > 0 ? random.pick(some).number : any();
  };
  const result = random.chance(0.4) ? ["a", "b", "c"].slice(random.int(4)) : "done";
  const [said, done] = random.pick<[string, () => Promise<unknown>]>([
    ...Array.from({ length: 6 }, () => creation(it, random, rows)),
    ...Array.from({ length: 4 }, (): [string, () => Promise<unknown>] => ["claim", () => it.claim()]),
    ...Array.from({ length: 6 }, (): [string, () => Promise<unknown>] => {
      const number = among("claimed");
      return [`complete #${number} ${JSON.stringify(result)}`, () => it.complete(number, result)];
    }),
    ...[among("claimed"), among("claimed")].map((number): [string, () => Promise<unknown>] => [
      `fail #${number}`,
      () => it.fail(number),
    ]),
    ...(["stop", "pause", "resume", "resume"] as const).map((what): [string, () => Promise<unknown>] => {
      const number = what === "resume" ? among("paused") : any();
      return [
        `${what} #${number}`,
        () => (number === 1 && what === "stop" ? Promise.resolve() : it.do(what, number)),
      ];
    }),
    ...[1, 2, 3].map((): [string, () => Promise<unknown>] => {
      const number = among("failed", "cancelled");
      return [`retry #${number}`, () => it.do("retry", number)];
    }),
    ["reopen", () => it.rig.call("runs/reopen", { run_id: it.id })],
  ]);
  trace.push(said);
  try {
    await done();
  } catch (error) {
    if (!(error instanceof CordError) || error.code === "internal") throw error;
    trace.push(`  ${error.code}: ${error.message}`);
  }
}

function creation(it: OneRun, random: Random, rows: readonly TaskRow[]): [string, () => Promise<unknown>] {
  const parent = random.pick(rows).number;
  const other = () => `#${random.pick(rows).number}`;
  const shape = random.pick<object>([
    {},
    { returns: "list" },
    { returns: "list", needs: [other()] },
    { needs: [other()] },
    { type: "serial" },
    { resolve: "any" },
    { for_each: other() },
    { for_each: other(), type: "serial" },
    { for_each: other(), resolve: "any", returns: "list" },
  ]);
  return [`create under #${parent} ${JSON.stringify(shape)}`, () => it.create(parent, shape)];
}

/** What a row says of others is what the others say; nothing waits for what will never be. */
async function holdsTogether(it: OneRun): Promise<void> {
  const rows = await it.rig.rows();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const run = await it.rig.call("runs/get", { run_id: it.id });
  expect(run).toMatchObject({ run: { ended_at: rows[0] && isOpen(rows[0]) ? null : expect.any(String) } });
  for (const row of rows) {
    const label = `#${row.number} ${row.state}`;
    const children = rows.filter(({ parent_id }) => parent_id === row.id);
    const needs = needsOf(row).flatMap((id) => byId.get(id) ?? []);
    expect([label, row.children, row.open_children, row.unmet]).toEqual([
      label,
      children.length,
      children.filter(isOpen).length,
      needs.filter(({ state }) => state !== "completed").length,
    ]);
    if (!isOpen(row)) {
      expect([label, row.open_children]).toEqual([label, 0]);
      continue;
    }
    expect([label, needs.filter(({ state }) => state === "failed" || state === "cancelled")]).toEqual([
      label,
      [],
    ]);
    if (row.state === "waiting") expect([label, row.open_children > 0]).toEqual([label, true]);
    const parent = byId.get(row.parent_id ?? "");
    if (parent) expect([label, isOpen(parent)]).toEqual([label, true]);
    // cord itself works on it: it never waits for an agent
    const isReady = row.state === "pending" && row.unmet === 0 && nodeOptionsOf(row).for_each !== undefined;
    expect([label, isReady]).toEqual([label, false]);
  }
}

function isOpen({ state }: TaskRow): boolean {
  return !finalStates.includes(state);
}

function needsOf({ needs }: TaskRow): string[] {
  const ids: unknown = JSON.parse(needs ?? "[]");
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** From wherever it has led, everything can be brought to an end. */
async function drain(it: OneRun): Promise<void> {
  for (let rounds = 0; ; rounds += 1) {
    expect(rounds).toBeLessThan(500);
    const rows = await it.rig.rows();
    if (rows.every(({ state }) => finalStates.includes(state))) return;
    for (const { number } of rows.filter(({ state }) => state === "paused"))
      if ((await it.node(number)).state === "paused") await it.do("resume", number);
    await it.claim();
    for (const { number, returns } of (await it.rig.rows()).filter(({ state }) => state === "claimed"))
      if ((await it.node(number)).state === "claimed")
        await it.complete(number, returns === "list" ? ["x"] : "done");
    await holdsTogether(it);
  }
}

async function endedAsTheirShapesSay(it: OneRun): Promise<void> {
  const rows = await it.rig.rows();
  for (const row of rows) {
    const { for_each, resolve } = nodeOptionsOf(row);
    const children = rows.filter(({ parent_id, kind }) => parent_id === row.id && kind !== "ask");
    const results = children.map(({ result }) => (result === null ? null : JSON.parse(result)));
    const completed = children.filter(({ state }) => state === "completed");
    // one that never got to its children, or was stopped before they ended, says nothing of its shape
    if (row.state === "cancelled" || (children.length === 0 && for_each === undefined)) continue;
    const result = row.result === null ? null : JSON.parse(row.result);
    const label = `#${row.number} ${row.state} ${row.options}`;
    if (resolve === "any" && row.state === "completed" && completed.length > 0)
      expect([label, results]).toEqual([label, expect.arrayContaining([result])]);
    else if (for_each !== undefined && row.state === "completed")
      expect([label, result]).toEqual([label, results]);
    if (resolve === "any" && row.state === "failed") expect([label, completed.length]).toEqual([label, 0]);
    if (for_each !== undefined) expect([label, row.epoch]).toEqual([label, 0]);
  }
}
