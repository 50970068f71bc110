import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { OneRun } from "../../support/operations/one-run.ts";
import { textField } from "../../support/operations/rig.ts";

let it: OneRun;

beforeEach(async () => {
  it = await OneRun.start();
});
afterEach(() => it.rig.close());

describe("a node whose first child decides", () => {
  test("has its result, and the others are stopped with all below them", async () => {
    await racing();
    await it.create(3);
    await it.complete(4);
    expect(await it.states()).toEqual({
      "#1": "waiting",
      "#2": "completed",
      "#3": "cancelled",
      "#4": "completed",
      "#5": "cancelled",
      "#6": "pending",
      "#7": "cancelled",
    });
    expect(await it.resultOf(2)).toBe("result 4");
    expect(await it.node(5)).toMatchObject({ reason: "#4 completed first", stopped_by: "cord" });
    expect(await it.node(7)).toMatchObject({ stopped_by: "cord" });
    const figures = await it.rig.call("runs/get", { run_id: it.id });
    expect(figures).toMatchObject({ run: { done: 2, lost: 0 } });
    expect(await it.claim()).toEqual(["#6"]);
    await expect(it.do("retry", 5)).rejects.toThrow("#5 is not needed any more");
    await expect(it.do("retry", 7)).rejects.toThrow("#7 is not needed any more");
  });

  test("waits for another where one fails, and fails where all do, until a retry", async () => {
    await racing();
    await it.fail(3);
    await it.do("stop", 5);
    expect(await it.states()).toMatchObject({ "#2": "waiting", "#4": "claimed", "#6": "pending" });
    await it.fail(4);
    expect(await it.node(2)).toMatchObject({
      state: "failed",
      reason: "none of its children completed: #3 failed, #4 failed, #5 was cancelled",
    });
    expect(await it.states()).toMatchObject({ "#6": "cancelled", "#1": "pending" });
    await it.do("retry", 2);
    expect(await it.states()).toMatchObject({
      "#2": "waiting",
      "#3": "pending",
      "#4": "pending",
      "#5": "cancelled",
      "#6": "pending",
    });
    await it.claim();
    await it.complete(3, "In the end.");
    expect(await it.resultOf(2)).toBe("In the end.");
  });

  test("has it also when that completes while its own agent still works, is paused or is gone", async () => {
    await it.create(1, { resolve: "any" });
    await it.claim();
    const caller = await it.rig.asNode(it.id, 2);
    for (const goal of ["a", "b"]) await it.rig.call("nodes/create", { goal }, caller);
    await it.claim();
    await it.complete(3);
    expect(await it.states()).toMatchObject({ "#2": "claimed", "#4": "claimed" });
    await it.complete(2, "Planned.");
    expect(await it.states()).toMatchObject({ "#2": "completed", "#4": "cancelled" });

    const paused = await it.create(1, { resolve: "any" });
    const [first] = [await it.create(paused), await it.create(paused)];
    await it.claim();
    await it.complete(paused, "Planned.");
    await it.claim();
    await it.rig.call("nodes/pause", { run_id: it.id, node_id: `#${paused}` });
    await it.rig.call("nodes/resume", { run_id: it.id, node_id: `#${first}` });
    await it.claim();
    await it.complete(first);
    expect((await it.node(paused)).state).toBe("paused");
    await it.do("resume", paused);
    expect(await it.resultOf(paused)).toBe(`result ${first}`);

    const gone = await it.create(1, { resolve: "any" });
    const [one] = [await it.create(gone), await it.create(gone)];
    await it.claim();
    await it.complete(one);
    it.rig.advance(60_000);
    await it.rig.sweep();
    expect(await it.resultOf(gone)).toBe(`result ${one}`);

    const failed = await it.create(1, { resolve: "any" });
    const child = await it.create(failed);
    await it.claim();
    await it.complete(child);
    await it.fail(failed);
    expect(await it.resultOf(failed)).toBe(`result ${child}`);
  });

  test("is not decided by a question that is answered, and does its work itself where it has no children", async () => {
    await it.create(1, { resolve: "any" });
    await it.claim();
    const asked = await it.rig.call("nodes/ask", { question: "Which?" }, await it.rig.asNode(it.id, 2));
    await it.complete(2);
    await it.rig.call("nodes/answer", {
      run_id: it.id,
      node_id: textField(asked, "created"),
      answer: "This.",
    });
    expect(await it.states()).toMatchObject({ "#2": "pending", "#3": "completed" });
    await it.claim();
    await it.complete(2, "Done by itself.");
    expect(await it.resultOf(2)).toBe("Done by itself.");
  });

  test("is needed instead of its children, which may be stopped", async () => {
    await racing();
    await expect(it.create(1, { needs: ["#3"] })).rejects.toThrow(
      "Need #2 instead: it has the result of the first.",
    );
    await it.create(1, { needs: ["#2"] });
    await it.create(3, { needs: ["#2"] }).then(
      () => expect.unreachable(),
      (error: unknown) => expect(String(error)).toContain("#2 is an ancestor"),
    );
    await expect(it.create(1, { type: "serial", resolve: "any" })).rejects.toThrow("Leave one of them out.");
    await expect(it.create(1, { check: "true", resolve: "any" })).rejects.toThrow(
      "give the check to the children",
    );
  });

  test("asks of its children what is asked of it, unless they are told otherwise", async () => {
    await it.create(1, { resolve: "any", returns: "list", schema: { type: "array", maxItems: 2 } });
    await it.create(2);
    await it.create(2, { returns: "text" });
    await it.claim();
    await expect(it.complete(3, "a text")).rejects.toThrow("it is not a JSON array");
    await expect(it.complete(3, [1, 2, 3])).rejects.toThrow("does not fit");
    expect((await it.node(4)).returns).toBe("text");
    await it.complete(3, [1, 2]);
    await it.complete(2);
    expect(await it.resultOf(2)).toEqual([1, 2]);
  });

  test("takes the first item of a list", async () => {
    await it.create(1, { returns: "list" });
    await it.create(1, { for_each: "#2", resolve: "any" });
    await it.create(1, { for_each: "#2", resolve: "any", limit: 1 });
    await it.claim();
    await it.complete(2, ["a", "b"]);
    expect(await it.states()).toMatchObject({ "#3": "waiting", "#4": "failed" });
    await it.claim();
    await it.complete(6, "b first");
    expect(await it.resultOf(3)).toBe("b first");
    expect(await it.states()).toMatchObject({ "#5": "cancelled" });
  });
});

/** #2, with three children that are at work. */
async function racing(more: object = {}): Promise<void> {
  await it.create(1, { resolve: "any", ...more });
  for (const _ of [1, 2, 3]) await it.create(2);
  await it.create(1, { needs: ["#2"] });
  await it.claim();
  await it.complete(2, "Planned.");
  await it.complete(1, "Planned.");
}
