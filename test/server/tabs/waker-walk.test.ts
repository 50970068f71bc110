import { expect, test } from "bun:test";
import { tabBounds } from "../../../src/core/limits.ts";
import { randomly, type Random } from "../../support/random.ts";
import { wakerHere } from "../../support/waker.ts";

const hourMs = 3_600_000;
const walks = 30;
const steps = 150;

test(
  "whatever happens, wakes stay within their bounds, no two are alike, and nothing is left that the tab was never told of",
  randomly(async (random) => {
    for (let round = 0; round < walks; round += 1) await walk(random);
  }),
);

async function walk(random: Random): Promise<void> {
  const tab = wakerHere();
  /** when each wake was given, and whether the tab came back since the one before */
  const wakes: { at: number; isFirst: boolean }[] = [];
  let isFirst = true;
  const note = () => {
    for (const at of tab.saidAt.slice(wakes.length)) {
      wakes.push({ at, isFirst });
      isFirst = false;
    }
  };
  const pass = async (milliseconds: number) => {
    for (let left = milliseconds; left > 0; left -= 500) {
      await tab.pass(Math.min(500, left));
      note();
    }
  };
  const actions: (() => Promise<unknown>)[] = [
    () => tab.put(`message ${tab.rows.length}`, { urgent: Number(random.chance(0.2)) }),
    () => tab.put(`message ${tab.rows.length}`),
    () => pass(random.int(5) * 1000),
    () => pass(random.int(100_000)),
    async () => tab.tell(),
    async () => random.chance(0.3) && tab.read(),
    async () => (tab.is.state = random.pick(["idle", "busy", "waiting", null])),
    async () => (tab.is.inCall = random.chance(0.3)),
    async () => (tab.is.wakeable = random.chance(0.8)),
    () => {
      isFirst = true;
      return tab.reopen();
    },
  ];
  for (let step = 0; step < steps; step += 1) {
    await random.pick(actions)();
    await tab.stir();
    note();
  }
  Object.assign(tab.is, { state: "idle", inCall: false, wakeable: true });
  await tab.stir();
  await pass(2 * hourMs);
  expect(tab.rows.filter(({ wakes }) => wakes > tabBounds.timesWoken)).toEqual([]);
  expect(tab.rows.filter((row) => row.wakes === 0 && row.told_at === null && row.read_at === null)).toEqual(
    [],
  );
  expect(new Set(tab.said.map(({ text }) => text)).size).toBe(tab.said.length);
  for (const [index, { at, isFirst }] of wakes.entries()) {
    const before = wakes[index - 1];
    if (before && !isFirst) expect(at - before.at).toBeGreaterThanOrEqual(tabBounds.coalesceMs);
    const within = wakes.filter((one) => one.at <= at && one.at > at - hourMs);
    expect(within.length).toBeLessThanOrEqual(tabBounds.wakesPerHour);
  }
}
