import { describe, expect, test } from "bun:test";
import type { Key, KeyName } from "../../../src/tui/terminal/keys.ts";
import { rowsOf } from "../../../src/tui/top/rows.ts";
import {
  placed,
  press,
  startState,
  type Listing,
  type KeyOutcome,
  type TopState,
} from "../../../src/tui/top/state.ts";
import { boardTask, modelOf, runTasks } from "../../support/terminal/top.ts";

const tasks = Array.from({ length: 50 }, (_, at) => boardTask(at + 1));
const run = runTasks(100, [
  [1, null, "root", { state: "waiting" }],
  [2, 1, "child", {}],
]);

function listing(state: TopState, page = 10): Listing {
  return { rows: rowsOf(modelOf([...tasks, ...run]), state), page };
}

function keyOf(name: string): Key {
  const named: KeyName[] = [
    "up",
    "down",
    "pageup",
    "pagedown",
    "home",
    "end",
    "enter",
    "escape",
    "left",
    "right",
    "backspace",
    "ctrl-c",
    "ctrl-z",
    "ctrl-l",
  ];
  const found = named.find((key) => key === name);
  return found ? { name: found, text: "" } : { name: "text", text: name };
}

/** Presses keys one after the other, each on the rows as they are then. */
function pressed(keys: readonly string[], start: TopState = startState): KeyOutcome {
  let step: KeyOutcome = { state: placed(start, listing(start)) };
  for (const key of keys) {
    step = press(step.state, keyOf(key), listing(step.state));
    step = { ...step, state: placed(step.state, listing(step.state)) };
  }
  return step;
}

describe("the keys of cord top", () => {
  test.each([
    [["down", "j", "j", "k", "up"], 1],
    [["pagedown", "pagedown", "pageup"], 10],
    [["end"], 51],
    [["G", "home"], 0],
    [["up"], 0],
    [["end", "down", "pagedown"], 51],
  ])("%j select row %d", (keys, index) => {
    expect(pressed(keys).state.index).toBe(index);
  });

  test("keep the selected row on the screen, and move the list no further than they must", () => {
    expect(pressed(Array(9).fill("j")).state.offset).toBe(0);
    expect(pressed(Array(12).fill("j")).state.offset).toBe(3);
    expect(pressed([...Array(12).fill("j"), "k", "k"]).state.offset).toBe(3);
    expect(pressed(["end"]).state.offset).toBe(42);
  });

  test("hold on to the selected task when others come, and follow the newest from the first row", () => {
    const rows = (from: number) => rowsOf(modelOf(tasks.slice(from)), startState);
    const second = pressed(["j"]).state;
    const later = placed(
      { ...second, selected: tasks[5]?.id ?? null, index: 2 },
      { rows: rows(0), page: 10 },
    );
    expect(later.index).toBe(5);
    expect(placed(startState, { rows: rows(0), page: 10 }).index).toBe(0);
  });

  test("select what takes the place of a task that has gone", () => {
    const state = { ...startState, selected: "gone", index: 3 };
    const after = placed(state, listing(state));
    expect([after.index, after.selected]).toEqual([3, tasks[3]?.id ?? ""]);
    const none = placed(state, { rows: [], page: 10 });
    expect([none.index, none.selected]).toEqual([0, "gone"]);
  });

  test("go through the filters in a circle", () => {
    const filters = [1, 2, 3].map((times) => pressed(Array(times).fill("f")).state.filter);
    expect(filters).toEqual(["attention", "all", "active"]);
  });

  test("turn detail, stale agents, pause and help on and off", () => {
    expect(pressed(["d"]).state.detail).toBe(false);
    expect(pressed(["d", "enter"]).state.detail).toBe(true);
    const into = pressed(["end", "enter"]);
    expect(into.effect).toMatchObject({ kind: "run", number: 2 });
    expect(pressed(["end", "up", "enter"]).effect).toMatchObject({ kind: "run", number: null });
    expect(pressed(["A"]).state.stale).toBe(true);
    expect(pressed(["p", "p"]).state.paused).toBe(false);
    expect(pressed(["?"]).state.help).toBe(true);
    expect(pressed(["?", "j"]).state).toMatchObject({ help: false, index: 0 });
  });

  test("show the agents alone, scroll them, and go back to the same row", () => {
    expect(pressed(["j", "a", "j", "J", "down", "k"]).state).toMatchObject({
      agents: true,
      detailOffset: 2,
      index: 1,
    });
    expect(pressed(["a", "pagedown", "pageup", "pagedown"]).state.detailOffset).toBe(10);
    expect(pressed(["a", "A", "c"]).state).toMatchObject({ agents: true, stale: true, asking: null });
    for (const key of ["a", "escape", "enter"])
      expect(pressed(["j", "a", "j", key]).state).toMatchObject({ agents: false, detailOffset: 0, index: 1 });
    expect(pressed(["a", "q"]).effect).toEqual({ kind: "quit" });
  });

  test("fold and unfold the tree under the selected row, and nothing on a leaf", () => {
    const onRoot = [...Array(50).fill("j")];
    const folded = pressed([...onRoot, " "]).state;
    expect(listing(folded).rows).toHaveLength(51);
    expect(listing(pressed([...onRoot, " ", "right"]).state).rows).toHaveLength(52);
    expect(pressed([" "]).state.folds.size).toBe(0);
  });

  test("cancel only after a yes", () => {
    const asking = pressed(["j", "c"]).state;
    expect(asking.asking).toEqual({ id: tasks[1]?.id ?? "", name: "task of 2s ago" });
    const { id = "", name = "" } = tasks[1] ?? {};
    expect(pressed(["y"], asking)).toMatchObject({
      effect: { kind: "cancel", id, name },
      state: { asking: null },
    });
    for (const key of ["n", "enter", "escape", "q", "down"]) {
      const { state, effect } = pressed([key], asking);
      expect([state.asking, state.message, effect]).toEqual([null, "Not cancelled.", undefined]);
    }
  });

  test("ask nothing about a task that has ended, or when there is none", () => {
    const ended = rowsOf(modelOf([boardTask(1, { state: "failed" })]), { ...startState, filter: "all" });
    const refused = press(startState, keyOf("c"), { rows: ended, page: 5 }).state;
    expect([refused.asking, refused.message]).toEqual([null, "It is failed already."]);
    expect(press(startState, keyOf("c"), { rows: [], page: 5 }).state.asking).toBeNull();
  });

  test("search while it is typed, keep it with Enter, clear it with Esc", () => {
    const typing = pressed(["/", "2", "5"]).state;
    expect(listing(typing).rows.map((row) => row.task.name)).toEqual(["task of 25s ago"]);
    expect(pressed(["enter"], typing).state).toMatchObject({ typing: null, search: "25" });
    expect(pressed(["escape"], typing).state).toMatchObject({ typing: null, search: "" });
    expect(pressed(["enter", "escape"], typing).state.search).toBe("");
    expect(pressed(["backspace", "backspace", "backspace"], typing).state.typing).toBeNull();
  });

  test("type letters into a search that are commands elsewhere", () => {
    expect(pressed(["/", "q", "c", "?"]).state.search).toBe("qc?");
  });

  test("are read one by one when several come at once, and none behind a quit", () => {
    expect(pressed(["jjj"]).state.index).toBe(3);
    expect(pressed(["/25"]).state.search).toBe("25");
    expect(pressed(["qj"])).toMatchObject({ effect: { kind: "quit" }, state: { index: 0 } });
  });

  test.each([
    ["q", "quit"],
    ["ctrl-c", "interrupt"],
    ["ctrl-z", "suspend"],
    ["ctrl-l", "redraw"],
  ] as const)("%s asks to %s", (key, kind) => {
    expect(pressed([key]).effect).toEqual({ kind });
  });

  test("quit by Ctrl-C also while something is typed or asked, and by q out of the help", () => {
    expect(pressed(["/", "ctrl-c"]).effect).toEqual({ kind: "interrupt" });
    expect(pressed(["c", "ctrl-c"]).effect).toEqual({ kind: "interrupt" });
    expect(pressed(["?", "q"]).effect).toEqual({ kind: "quit" });
  });
});
