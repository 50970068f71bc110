import { describe, expect, test } from "bun:test";
import { startState } from "../../../src/tui/run/keys-state.ts";
import { widthOf } from "../../../src/tui/terminal/width.ts";
import { randomly } from "../../support/random.ts";
import { Steered, treeOf } from "../../support/terminal/steered.ts";
import { at, nodeView, runView } from "../../support/terminal/views.ts";

const family = () =>
  new Steered(
    runView([
      nodeView(1, { status: "waiting" }),
      nodeView(2, { status: "complete" }),
      nodeView(3, { status: "active", running_since: at(0) }),
      nodeView(4, { parent: 3, status: "pending", goal: "Grandchild" }),
      nodeView(5, { parent: 3, status: "paused" }),
      nodeView(6, { status: "failed" }),
    ]),
  );

const asking = () =>
  new Steered(
    runView([
      nodeView(1, { status: "active", running_since: at(0) }),
      nodeView(2, { type: "ASK", status: "pending" }),
      nodeView(3, { status: "pending" }),
      nodeView(4, { parent: 3, type: "ASK", status: "pending" }),
    ]),
  );

describe("selecting", () => {
  test("begins at what is asked, else at what works, and Esc ends it", () => {
    const it = family();
    it.press("down");
    expect(it.state).toMatchObject({ page: "tree", selected: 3 });
    it.press("escape");
    expect(it.state).toEqual({ ...startState, index: it.state.index });
    const questions = asking();
    questions.press("up");
    expect(questions.state.selected).toBe(2);
  });

  test("goes by lines, by screens and to the ends", () => {
    const it = new Steered(treeOf(60));
    it.press("home");
    expect(it.state.selected).toBe(1);
    it.press("down", "down", "up");
    expect(it.state.selected).toBe(2);
    it.press("end");
    expect(it.state).toMatchObject({ index: 59 });
    it.press("pageup");
    expect(it.state.index).toBeLessThan(50);
    it.press("g");
    expect(it.state.index).toBe(0);
  });

  test("stays with its node when others come, and goes to what takes its place when a fold hides it", () => {
    const it = family();
    it.press("down", "down");
    expect(it.state.selected).toBe(4);
    it.view = { ...it.view, nodes: [...it.view.nodes, nodeView(7, { parent: 2 })] };
    it.press("j");
    expect(it.state.selected).toBe(5);
    it.press("f");
    expect(it.state).toMatchObject({ selected: 3, folded: new Set([3]) });
    it.press("right");
    expect(it.state.folded).toEqual(new Set());
    it.press("left", "left");
    expect(it.state).toMatchObject({ selected: 1, folded: new Set([3]) });
  });

  test("is among what a search finds, with all above it, folds or not; Enter keeps it, Esc clears it", () => {
    const it = family();
    it.press("home", "f", "/", "grand");
    expect(
      it
        .frame()
        .filter((line) => line.includes("#"))
        .map((line) => line.slice(0, 9).trim()),
    ).toEqual(["▶▾● #1 [w", "▾  ● #3", "○ #"]);
    it.press("enter", "end");
    expect(it.state).toMatchObject({ typing: null, search: "grand", selected: 4 });
    it.press("escape");
    expect(it.state).toMatchObject({ page: "tree", search: "" });
    it.press("/", "#6", "enter", "end");
    expect(it.state.selected).toBe(6);
    it.press("/", "ctrl-u", "failed", "enter");
    expect(it.state.search).toBe("failed");
    it.press("/", "escape");
    expect(it.state.search).toBe("");
  });
});

describe("acting", () => {
  test("needs a node that is selected", () => {
    const it = family();
    expect(it.press("s")).toBeUndefined();
    expect(it.state.message).toBe("Select a node first, by ↑ and ↓.");
  });

  test("asks before it stops, with what that takes with it, and does it on a yes alone", () => {
    const it = family();
    it.press("down", "s");
    expect(it.state.asking?.question).toBe("Stop #3 and 2 nodes below it?");
    expect(it.press("enter")).toBeUndefined();
    expect(it.state).toMatchObject({ asking: null, message: "Nothing was done." });
    it.press("s");
    expect(it.press("y")).toEqual({ kind: "stop", number: 3 });
    it.press("home", "s");
    expect(it.state.asking?.question).toBe("Stop the whole run, 4 nodes that are not done?");
    it.press("n", "end", "s");
    expect(it.state.message).toBe("#6 is failed: there is nothing left to stop.");
  });

  test("pauses what is open, and lets go on what is paused", () => {
    const it = family();
    it.press("down");
    expect(it.press("p")).toEqual({ kind: "pause", number: 3 });
    it.press("down", "down");
    expect(it.press("p")).toEqual({ kind: "resume", number: 5 });
    it.press("down");
    expect(it.press("p")).toBeUndefined();
  });

  test("tells who works, changes what nobody works on, and says what goes instead", () => {
    const it = family();
    it.press("down", "t", "Mind it.");
    expect(it.press("enter")).toEqual({ kind: "tell", number: 3, text: "Mind it." });
    it.press("m");
    expect(it.state.message).toBe("#3 is active: p pauses it first, or t tells its agent.");
    it.press("down", "t");
    expect(it.state.message).toBe("#4 is pending: no agent works on it now. m changes what it is to do.");
    it.press("m");
    expect(it.state.typing).toMatchObject({ what: "modify", line: { text: "Grandchild" } });
    it.press("ctrl-u", "Other");
    expect(it.press("enter")).toEqual({ kind: "modify", number: 4, text: "Other" });
    it.press("m", "escape");
    expect(it.state.typing).toBeNull();
    it.press("t", "ignored");
    expect(it.press("+")).toEqual({ kind: "goOn" });
  });

  test("answers the question that is selected, else one of the selected node, else the oldest", () => {
    const it = asking();
    it.press("end", "a");
    expect(it.state.answering).toBe(4);
    const of3 = asking();
    of3.press("end", "up", "a");
    expect(of3.state.answering).toBe(4);
    const first = asking();
    first.press("home", "a");
    expect(first.state.answering).toBe(2);
    const nothing = family();
    nothing.press("down", "a");
    expect(nothing.state).toMatchObject({ answering: null, message: "Nothing is asked." });
  });

  test("goes on through several characters that came as one key, and types the rest where a line begins", () => {
    const it = family();
    it.press("jjtgo on");
    expect(it.state.message).toBe("#4 is pending: no agent works on it now. m changes what it is to do.");
    const blind = family();
    expect(blind.press("jeasy")).toBeUndefined();
    expect(blind.state.asking).not.toBeNull();
    const other = family();
    other.press("jtgo on");
    expect(other.state.typing).toMatchObject({ what: "tell", line: { text: "go on" } });
  });
});

test("? lists the keys, arrows go through them where they are more than the screen has lines, and any other key goes back", () => {
  const it = new Steered(treeOf(3), { width: 40, height: 10 });
  it.press("down", "?");
  const first = it.frame();
  it.press("down", "down");
  expect(it.state).toMatchObject({ help: 2, selected: 2 });
  expect(it.frame()[2]).toBe(first[4] ?? "");
  it.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown");
  expect(it.frame().join("\n")).toContain("p and s on #1 mean the whole");
  it.press("escape");
  expect(it.state).toMatchObject({ help: null, page: "tree", selected: 2 });
});

test("whatever is pressed, no frame is wider or taller than the screen, and the selected node is in sight", () => {
  const keys = ["up", "down", "pageup", "pagedown", "home", "end", "enter", "escape", "left", "right", "f"];
  const more = ["/", "o", "backspace", "s", "n", "y", "p", "m", "t", "a", "?", "+", "q", " "];
  return randomly(async (random) => {
    for (let round = 0; round < 60; round += 1) {
      const size = { width: 1 + random.int(130), height: 1 + random.int(50) };
      const it = new Steered(treeOf(1 + random.int(80)), size);
      it.press("down");
      for (let step = 0; step < 40; step += 1) {
        it.press(random.pick(random.chance(0.6) ? keys : more));
        if (it.state.answering !== null) it.state = { ...it.state, answering: null };
        if (it.state.page === "overview") continue;
        const lines = it.frame(random.chance(0.5)).map((line) => Bun.stripANSI(line));
        expect(lines.length).toBeLessThanOrEqual(size.height);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(size.width);
        const isTree = it.state.page === "tree" && it.state.help === null && size.height > 1;
        if (isTree && lines.some((line) => /#\d/.test(line)))
          expect(lines.filter((line) => line.startsWith("▶"))).toHaveLength(1);
      }
    }
  })();
});
