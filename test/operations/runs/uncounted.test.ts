import { afterEach, beforeEach, expect, test } from "bun:test";
import { z } from "zod";
import { openRig, type Rig } from "../../support/operations/rig.ts";

/** What an attempt has cost is known, estimated, or not known: that is never nothing. */

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun({});
});
afterEach(() => rig.close());

const Told = z.object({ run: z.object({ usd: z.number(), uncounted: z.number() }) });

const claim = () => rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1, settles: true });
const uncounted = async () => Told.parse(await rig.call("runs/get", { run_id: run })).run.uncounted;

async function report(told: object): Promise<void> {
  const { epoch } = await rig.node(run, 1);
  await rig.call("runs/report", { run_id: run, attempts: [{ node_id: "#1", epoch, ...told }] });
}

async function giveBack(): Promise<void> {
  const { epoch } = await rig.node(run, 1);
  await rig.call("nodes/release", { run_id: run, node_id: "#1", epoch });
}

/** What the events say of the ends of attempts. */
const ends = () =>
  rig.events.flatMap(({ type, data }) =>
    type === "attempt.ended" ? [("counted" in data ? data.counted : undefined) ?? true] : [],
  );

test("an agent that was started and has told nothing has a cost that is not known; one that never was has none", async () => {
  await claim();
  await report({ pid: 4 });
  expect(await uncounted()).toBe(0);
  await report({ ended: true, exit: "interrupted" });
  await giveBack();
  expect(await uncounted()).toBe(1);
  await claim();
  await report({ ended: true, exit: "interrupted" });
  await giveBack();
  await claim();
  await report({ pid: 5, usd: 0 });
  await report({ ended: true, exit: "interrupted" });
  expect(await uncounted()).toBe(1);
  expect(ends()).toEqual([false, true, true]);
});

test("so has one whose engine is gone before it has told anything", async () => {
  await claim();
  await report({ pid: 4 });
  await giveBack();
  await claim();
  expect(await uncounted()).toBe(1);
  await giveBack();
  await claim();
  expect(await uncounted()).toBe(1);
  expect(ends()).toEqual([false, true]);
});
