import { afterEach, beforeEach, expect, expectTypeOf, test } from "bun:test";
import { CordError } from "../../../src/core/error.ts";
import { pauseTree } from "../../../src/store/lifecycle/pausing.ts";
import { answerTask } from "../../../src/store/lifecycle/transitions.ts";
import { asNode, isNode, type NodeRow } from "../../../src/store/tables/node-row.ts";
import { findNode, getNode, nodesOf } from "../../../src/store/tables/nodes.ts";
import type { NewTask, TaskRow } from "../../../src/store/tables/task-row.ts";
import type { insertNode } from "../../../src/store/tables/tasks.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

test("a node is found by its number, with what each node has", async () => {
  const run = await rig.startRun();
  expect(await rig.store.read((tx) => getNode(tx, run, 1))).toMatchObject({
    run_id: run,
    number: 1,
    path: "1",
    phase: "work",
  });
  expect(await rig.store.read((tx) => findNode(tx, run, 2))).toBeNull();
});

test.each(["number", "path", "phase"])(
  "a row of a run without its %s is a named internal error",
  async (column) => {
    const run = await rig.startRun();
    await rig.store.write((tx) => tx.run(`UPDATE tasks SET ${column} = NULL WHERE run_id = ?`, run));
    const error = await rig.store.read((tx) => nodesOf(tx, run)).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(CordError);
    expect(error).toMatchObject({ code: "internal" });
    expect(String(error)).toContain(`of run ${run} has no ${column}`);
  },
);

test("a task of the board is no node, and is not taken for one", async () => {
  await rig.call("tasks/send", { name: "on the board" });
  const [row] = await rig.rows();
  if (row === undefined) throw new Error("nothing was sent");
  expect(isNode(row)).toBe(false);
  expect(() => asNode(row)).toThrow("belongs to no run");
});

test("what is done to nodes alone takes no other row, and no name for a number", () => {
  expectTypeOf<Parameters<typeof pauseTree>[1]>().toEqualTypeOf<NodeRow>();
  expectTypeOf<Parameters<typeof answerTask>[1]>().toEqualTypeOf<NodeRow>();
  expectTypeOf<TaskRow>().not.toExtend<NodeRow>();
  expectTypeOf<Parameters<typeof getNode>[2]>().toEqualTypeOf<number>();
  expectTypeOf<NewTask>().not.toExtend<Parameters<typeof insertNode>[1]>();
});
