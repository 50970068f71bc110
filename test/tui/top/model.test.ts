import { describe, expect, test } from "bun:test";
import { TopModel } from "../../../src/tui/top/model.ts";
import { taskLines } from "../../../src/tui/top/panes.ts";
import { rowsOf, type Choice, type Filter } from "../../../src/tui/top/rows.ts";
import { boardTask, taskEvent, modelOf, runTasks, snapshotOf } from "../../support/terminal/top.ts";

function names(model: TopModel, given: Partial<Choice> = {}): string[] {
  const choice: Choice = { filter: "all", search: "", folds: new Map(), ...given };
  return rowsOf(model, choice).map(({ task, depth, fold, hidden }) => {
    const mark = fold === null ? "" : fold === "open" ? "-" : `+${hidden} `;
    return `${"  ".repeat(depth)}${mark}${task.name}`;
  });
}

const under = (filter: Filter) => ({ filter });

describe("the model of cord top", () => {
  test("follows a task through its events, and counts it in each state", () => {
    const model = modelOf([]);
    const task = boardTask(5, { name: "fix it" });
    model.apply(taskEvent("task.created", task));
    expect(model.counts).toMatchObject({ pending: 1, claimed: 0 });
    model.apply(taskEvent("task.claimed", { ...task, state: "claimed", claimed_by: "tab-a" }, { seq: 12 }));
    expect(model.task(task.id)).toMatchObject({ agent: "tab-a", state: "claimed" });
    expect(model.counts).toMatchObject({ pending: 0, claimed: 1 });
    expect(model.total).toBe(1);
  });

  test("shows what a task's agent says and asks; one that waits for an answer wants attention", () => {
    const task = boardTask(5, { name: "fix it", state: "claimed", claimed_by: "tab-a" });
    const model = modelOf([task]);
    model.apply(taskEvent("task.said", task, { seq: 12, data: { by: "tab-a", text: "nearly" } }));
    expect(model.task(task.id)?.activity).toBe("nearly");
    const waiting = { ...task, state: "waiting" as const };
    model.apply(taskEvent("task.asked", waiting, { seq: 13, data: { by: "tab-a", question: "which?" } }));
    expect(model.task(task.id)).toMatchObject({ state: "waiting", agent: "tab-a", activity: "which?" });
    expect(names(model, under("attention"))).toEqual(["fix it"]);
    const [line] = taskLines(rowsOf(model, { filter: "all", search: "", folds: new Map() }), model, {
      now: Date.parse(task.created_at),
      selected: null,
      width: 80,
    }).slice(1);
    expect(line?.map(({ text }) => text).join("")).toContain("? fix it  which?");
    const back = { ...task, state: "pending" as const, claimed_by: null };
    model.apply(taskEvent("task.answered", back, { seq: 14, data: { by: "human", answer: "this" } }));
    expect(model.task(task.id)).toMatchObject({ state: "pending", dropped: true, activity: null });
  });

  test("takes no event that the snapshot holds already, nor one twice", () => {
    const task = boardTask(5, { state: "completed", seq: 20 });
    const model = modelOf([task]);
    expect(model.apply(taskEvent("task.claimed", { ...task, state: "claimed" }, { seq: 19 }))).toBe(false);
    expect(model.apply(taskEvent("task.completed", task, { seq: 20 }))).toBe(false);
    expect(model.task(task.id)?.state).toBe("completed");
  });

  test("takes in a task that was too old to be loaded once it changes", () => {
    const model = modelOf([], { total: 7 });
    expect([model.total, model.older]).toEqual([7, 7]);
    const task = boardTask(90_000, { state: "cancelled", name: "old one" });
    model.apply(taskEvent("task.cancelled", task));
    expect([model.total, model.older]).toEqual([7, 6]);
    expect(names(model)).toEqual(["old one"]);
    expect(model.task(task.id)?.createdAt).toBe(Date.parse(task.created_at));
  });

  test("counts a publication, which is born completed, as new", () => {
    const model = modelOf([], { total: 7 });
    model.apply(taskEvent("task.completed", boardTask(1, { kind: "ack", state: "completed" })));
    expect([model.total, model.older]).toEqual([8, 7]);
  });

  test("lets the oldest that have ended go when there are too many, and says how many", () => {
    const model = new TopModel(100);
    model.load(snapshotOf([]));
    for (let at = 1000; at > 0; at -= 1) {
      const state = at % 100 === 0 ? "pending" : "completed";
      model.apply(taskEvent("task.created", boardTask(at, { state }), { seq: 2000 - at }));
    }
    expect(model.total).toBe(1000);
    expect(model.older).toBeGreaterThanOrEqual(900);
    expect(model.counts.pending).toBe(10);
    expect(names(model, under("active"))).toHaveLength(10);
    expect(names(model)[0]).toBe("task of 1s ago");
  });

  test("lists what came last first, wherever in time an event's task belongs", () => {
    const model = modelOf([boardTask(10), boardTask(30)]);
    model.apply(taskEvent("task.released", boardTask(20)));
    model.apply(taskEvent("task.created", boardTask(1)));
    expect(names(model)).toEqual(["1s", "10s", "20s", "30s"].map((age) => `task of ${age} ago`));
  });
});

describe("the list of cord top", () => {
  const run = runTasks(60, [
    [1, null, "root", { state: "waiting" }],
    [2, 1, "done part", { state: "completed" }],
    [3, 1, "busy part", { state: "claimed" }],
    [4, 3, "broken leaf", { state: "failed" }],
    [5, 1, "question", { kind: "ask" }],
  ]);
  const over = runTasks(600, [
    [1, null, "old root", { state: "completed" }],
    [2, 1, "old part", { state: "completed" }],
  ]);
  const board = [
    boardTask(10, { name: "urgent bug", priority: "urgent" }),
    boardTask(20, { name: "work" }),
    boardTask(30, { name: "stable", kind: "ack", state: "completed" }),
    boardTask(40, { name: "finished", state: "completed" }),
    boardTask(50, { name: "dropped once", epoch: 1 }),
  ];
  const model = modelOf([...board, ...run, ...over]);

  test("shows under active what is open, publications, and open runs whole", () => {
    expect(names(model, under("active"))).toEqual([
      "urgent bug",
      "work",
      "stable",
      "dropped once",
      "-root",
      "  done part",
      "  -busy part",
      "    broken leaf",
      "  question",
    ]);
  });

  test("shows under attention what failed, was dropped, asks or is urgent, each node in its place", () => {
    expect(names(model, under("attention"))).toEqual([
      "urgent bug",
      "dropped once",
      "-root",
      "  -busy part",
      "    broken leaf",
      "  question",
    ]);
  });

  test("shows under all a run that is over as one line, until it is unfolded", () => {
    expect(names(model)).toContain("+1 old root");
    const folds = new Map([[over[0]?.id ?? "", false]]);
    expect(names(model, { folds }).slice(-2)).toEqual(["-old root", "  old part"]);
  });

  test("folds any tree within a run", () => {
    const folds = new Map([[run[2]?.id ?? "", true]]);
    expect(names(model, { filter: "active", folds })).toContain("  +1 busy part");
  });

  test("finds names in any case, also in what is folded, with what stands above them", () => {
    expect(names(model, { search: "PART" })).toEqual([
      "-root",
      "  done part",
      "  -busy part",
      "-old root",
      "  old part",
    ]);
    expect(names(model, { search: "nothing" })).toEqual([]);
  });

  test("grows a run's tree by events, and marks a lease that ended until the next claim", () => {
    const grown = modelOf(run);
    const leaf = {
      ...(run[3] ?? boardTask(0)),
      id: "01-leaf",
      number: 6,
      name: "new leaf",
      state: "pending" as const,
    };
    grown.apply(taskEvent("task.created", leaf, { path: "1.3.6" }));
    expect(names(grown, under("active"))).toEqual([
      "-root",
      "  done part",
      "  -busy part",
      "    broken leaf",
      "    new leaf",
      "  question",
    ]);
    const task = boardTask(5);
    grown.apply(taskEvent("task.expired", task, { seq: 20 }));
    expect(names(grown, under("attention"))).toContain(task.name);
    grown.apply(taskEvent("task.claimed", { ...task, state: "claimed" }, { seq: 21 }));
    expect(names(grown, under("attention"))).not.toContain(task.name);
  });

  test("shows a node whose parent is not known as a root", () => {
    const orphan = runTasks(9, [[7, 3, "orphan", { state: "claimed" }]]);
    expect(names(modelOf(orphan), under("active"))).toEqual(["orphan"]);
  });

  test("shows what a node's agent does, until it is done", () => {
    const live = modelOf(run);
    const busy = run[2] ?? boardTask(0);
    live.apply(taskEvent("attempt.progress", busy, { data: { activity: "Bash: make", notice: null } }));
    expect(live.task(busy.id)?.activity).toBe("Bash: make");
    live.apply(taskEvent("task.completed", { ...busy, state: "completed" }, { seq: 12 }));
    expect(live.task(busy.id)?.activity).toBeNull();
  });
});
