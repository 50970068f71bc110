import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { OneRun } from "../../support/operations/one-run.ts";

let it: OneRun;

beforeEach(async () => {
  it = await OneRun.start();
});
afterEach(() => it.rig.close());

describe("a serial node", () => {
  test("has its children worked on one after the other, each given the result before it", async () => {
    await it.claim();
    const serial = await it.create(1, { type: "serial" });
    await it.complete(1);
    expect(await it.claim()).toEqual(["#2"]);
    const caller = await it.rig.asNode(it.id, serial);
    for (const goal of ["one", "two", "three"]) await it.rig.call("nodes/create", { goal }, caller);
    await it.complete(serial);
    for (const number of [3, 4, 5]) {
      expect(await it.claim()).toEqual([`#${number}`]);
      const { needs } = await it.brief(number);
      expect(needs.map(({ result }) => result)).toEqual(number === 3 ? [] : [`result ${number - 1}`]);
      await it.complete(number);
    }
    expect(await it.claim()).toEqual(["#2"]);
  });

  test("loses what comes after one that fails, has it back by a retry, and goes on past one that was lost", async () => {
    const serial = await it.create(1, { type: "serial" });
    for (const _ of [1, 2, 3]) await it.create(serial);
    await it.claim();
    await it.complete(3);
    await it.claim();
    await it.fail(4);
    expect(await it.states()).toMatchObject({ "#3": "completed", "#4": "failed", "#5": "cancelled" });
    expect(await it.node(5)).toMatchObject({ reason: "it needs #4, which failed: it broke" });
    const after = await it.create(serial);
    expect((await it.brief(after)).needs.map(({ number }) => number)).toEqual([3]);
    await it.do("retry", 4);
    expect(await it.states()).toMatchObject({ "#4": "pending", "#5": "pending", "#6": "pending" });
  });
});
