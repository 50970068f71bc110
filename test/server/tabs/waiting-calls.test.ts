import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { openRig } from "../../support/operations/rig.ts";

/** Promises that are in use in this process. */
function promises(): number {
  Bun.gc(true);
  Bun.gc(true);
  return heapStats().objectTypeCounts["Promise"] ?? 0;
}

test("of calls that waited for a tab that never opened nothing is kept", async () => {
  const rig = openRig();
  const [rounds, callsPerRound] = [20, 1000];
  const ask = async () => {
    const calls = Array.from({ length: callsPerRound }, () =>
      rig.services.tabs.handleOf(crypto.randomUUID(), true),
    );
    // the tab's row is looked for before its opening is waited for
    await rig.store.read(async () => {});
    while (!(await settledAfter(calls, () => rig.advance(1000))));
  };
  await ask();
  const before = promises();
  for (let round = 0; round < rounds; round++) await ask();
  // what the last round's calls leave may be seen as in use for a while, so that it is all rounds that are judged
  expect((promises() - before) / rounds).toBeLessThan(100);
  await rig.close();
});

/** Whether all have come to their end by what is done. */
async function settledAfter(calls: readonly Promise<unknown>[], act: () => void): Promise<boolean> {
  act();
  return Promise.race([
    Promise.all(calls).then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);
}
