import { describe, expect, test } from "bun:test";
import { Dashboard } from "../../../src/cli/top/dashboard.ts";
import type { Key } from "../../../src/tui/terminal/keys.ts";
import { boardTask, taskEvent, snapshotOf } from "../../support/terminal/top.ts";

const size = { width: 80, height: 24 };
const text = (letter: string): Key => ({ name: "text", text: letter });

function dashboardOf(...tasks: Parameters<typeof snapshotOf>[0]) {
  const dashboard = new Dashboard(snapshotOf(tasks), null, "live");
  const hearer = dashboard.hearer(
    () => {},
    (error) => {
      throw error;
    },
  );
  const names = () => dashboard.scene(size).rows.map((row) => row.task.name);
  return { dashboard, hearer, names, press: (letter: string) => dashboard.press(text(letter), size) };
}

describe("a paused picture", () => {
  test("holds what happens, counts it, and shows it afterwards", () => {
    const { dashboard, hearer, names, press } = dashboardOf(boardTask(9, { name: "first" }));
    press("p");
    hearer.onEvent(taskEvent("task.created", boardTask(1, { name: "second" })));
    expect([names(), dashboard.scene(size).held]).toEqual([["first"], 1]);
    press("p");
    expect([names(), dashboard.scene(size).held]).toEqual([["second", "first"], 0]);
  });

  test("keeps of very many events the first and the last of each task", () => {
    const { dashboard, hearer, names, press } = dashboardOf();
    press("p");
    const task = boardTask(5, { name: "busy" });
    hearer.onEvent(taskEvent("task.created", task));
    for (let seq = 12; seq < 30_000; seq += 1) {
      const claimed = seq % 2 === 1;
      hearer.onEvent(
        taskEvent(
          claimed ? "task.claimed" : "task.released",
          { ...task, state: claimed ? "claimed" : "pending" },
          { seq },
        ),
      );
    }
    expect(dashboard.scene(size).held).toBe(29_989);
    press("p");
    const { model } = dashboard.scene(size);
    expect([names(), model.task(task.id)?.state, model.total]).toEqual([["busy"], "claimed", 1]);
  });

  test("takes a daemon that came back into account when it goes on", () => {
    const { hearer, names, press } = dashboardOf(boardTask(9, { name: "first" }));
    press("p");
    hearer.onLost();
    hearer.onSnapshot(snapshotOf([boardTask(2, { name: "from the new one" })], { seq: 50 }));
    hearer.onEvent(taskEvent("task.created", boardTask(1, { name: "and an event" }), { seq: 51 }));
    expect(names()).toEqual(["first"]);
    press("p");
    expect(names()).toEqual(["and an event", "from the new one"]);
  });
});

describe("the detail that is to be read", () => {
  test("is of the selected task, again when it has changed, and of none that is shown as it is", () => {
    const task = boardTask(9, { seq: 5 });
    const { dashboard, hearer, press } = dashboardOf(task);
    expect(dashboard.wantedDetail(size)).toEqual({ id: task.id, seq: 5 });
    const detail = { id: task.id, task, texts: [], history: [], problem: null };
    dashboard.showDetail(detail, 5);
    expect(dashboard.wantedDetail(size)).toBeNull();
    hearer.onEvent(taskEvent("task.claimed", { ...task, state: "claimed" }, { seq: 11 }));
    expect(dashboard.wantedDetail(size)).toMatchObject({ seq: 11 });
    press("d");
    expect(dashboard.wantedDetail(size)).toBeNull();
  });

  test("is read again as often as the agents while the task is under a lease", () => {
    const task = boardTask(9, { state: "claimed", lease_until: "2026-03-01T12:05:00Z" });
    const { dashboard, hearer } = dashboardOf(task);
    dashboard.showDetail({ id: task.id, task, texts: [], history: [], problem: null }, task.seq);
    expect(dashboard.wantedDetail(size)).toBeNull();
    hearer.onAgents([]);
    expect(dashboard.wantedDetail(size)).not.toBeNull();
  });
});
