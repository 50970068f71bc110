import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { UsageWindow } from "../../src/core/account.ts";
import { openRig, type Rig } from "../support/operations/rig.ts";

/** What engines tell of the account that their agents use, and what that means for its runs. */

let rig: Rig;
let run: string;
let other: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun();
  other = await rig.startRun();
});
afterEach(() => rig.close());

const at = (minutes: number) => new Date(rig.services.clock() + minutes * 60_000).toISOString();
const fiveHours = (given: Partial<UsageWindow> = {}): UsageWindow => ({
  name: "five_hour",
  status: "allowed",
  utilization: 0.5,
  resets_at: at(60),
  ...given,
});
const note = (run_id: string, more: object = {}, account = "mine") =>
  rig.call("accounts/note", { run_id, engine: `engine of ${run_id}`, account, ...more });
const begin = (run_id: string, account?: string) => note(run_id, { heard: "begins" }, account);
const usedUp = (run_id: string, windows = [fiveHours({ status: "rejected", utilization: 1 })]) =>
  note(run_id, { windows, heard: "used up" });
const parked = async (run_id: string) =>
  ((await rig.call("runs/get", { run_id })) as { run: { parked: unknown } }).run.parked;
const happened = () =>
  rig.events
    .filter(({ type }) => type.endsWith("parked"))
    .map(({ type, run_id }) => `${type} ${run_id === run ? "run" : "other"}`);

describe("an account that is used up", () => {
  test("parks all its open runs until it resets, each once, and those of no other account", async () => {
    const third = await rig.startRun();
    await begin(run);
    await begin(other);
    await begin(third, "another");
    const until = at(60);
    await usedUp(run);
    await usedUp(other);
    expect(await parked(run)).toEqual({ reason: "the 5-hour window is used up", until });
    expect(await parked(other)).toEqual({ reason: "the 5-hour window is used up", until });
    expect(await parked(third)).toBeNull();
    expect(happened()).toEqual(["run.parked other", "run.parked run"]);
    await rig.call("nodes/renew", { run_id: run, engine: "engine" });
    expect(await rig.call("runs/get", { run_id: run })).toMatchObject({ run: { standing: "parked" } });
  });

  test("parks a run that begins meanwhile, also one that comes back, and no more once it is open again", async () => {
    await begin(run);
    await usedUp(run);
    expect(await begin(other)).toMatchObject({ parked: { until: at(60) } });
    expect(await begin(run)).toMatchObject({ parked: { until: at(60) } });
    rig.advance(62 * 60_000);
    expect(await begin(other)).toMatchObject({ parked: null });
    expect(happened()).toEqual(["run.parked run", "run.parked other", "run.unparked other"]);
  });

  test("lets all go on when one was answered", async () => {
    await begin(run);
    await begin(other);
    await usedUp(run);
    await note(other, { windows: [fiveHours({ utilization: 0.01 })], heard: "answered" });
    expect([await parked(run), await parked(other)]).toEqual([null, null]);
    expect(await begin(await rig.startRun())).toMatchObject({ parked: null });
    expect(happened().slice(2)).toEqual(["run.unparked other", "run.unparked run"]);
  });

  test("is not opened by an answer that was under way; a person lets one run go on, and the others wait", async () => {
    await begin(run);
    await begin(other);
    await usedUp(run);
    await note(other, { windows: [fiveHours({ utilization: 0.99 })] });
    expect(await begin(other)).toMatchObject({ parked: { until: at(60) } });
    await rig.call("runs/go-on", { run_id: run });
    await note(run, { windows: [fiveHours({ status: "rejected" })] });
    expect([await parked(run), await parked(other)]).toEqual([null, expect.anything()]);
    await usedUp(run);
    expect(await parked(run)).toEqual({ reason: "the 5-hour window is used up", until: at(60) });
  });

  test("waits for the last of its windows; of one whose end nobody knows it is said so", async () => {
    await begin(run);
    const week = { name: "seven_day", status: "rejected", utilization: 1, resets_at: at(600) } as const;
    await usedUp(run, [fiveHours({ status: "rejected" }), week]);
    expect(await parked(run)).toEqual({ reason: "the 7-day window is used up", until: at(600) });
    await note(other, { heard: "used up" }, "another");
    expect(await parked(other)).toEqual({ reason: "the account's allowance is used up", until: null });
  });
});

test("what is left of an account is told with each of its runs, until it resets", async () => {
  await begin(run);
  await begin(other);
  await note(run, { windows: [fiveHours({ utilization: 0.83 })] });
  const windows = async () =>
    ((await rig.call("runs/list", {})) as { windows: unknown }[]).map((one) => one.windows);
  const told = [fiveHours({ utilization: 0.83 })];
  expect(await windows()).toEqual([told, told]);
  rig.advance(62 * 60_000);
  expect(await windows()).toEqual([[], []]);
});

test("a name that is none, or a window too many, is refused", async () => {
  await expect(note(run, { windows: [fiveHours({ name: "5\u001b[2J" })] })).rejects.toThrow();
  const many = Array.from({ length: 17 }, (_, at) => fiveHours({ name: `window_${at}` }));
  await expect(note(run, { windows: many })).rejects.toThrow();
});
