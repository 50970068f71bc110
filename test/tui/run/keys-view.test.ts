import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { expectGolden } from "../../support/golden.ts";
import { Steered, treeOf, wholeNode } from "../../support/terminal/steered.ts";
import { nodeView, runView } from "../../support/terminal/views.ts";

const golden = (name: string): string => join(import.meta.dir, "../golden", `${name}.txt`);
const heights = [10, 24, 50];

/** The frames at each height, one under the other. */
function frames(width: number, draw: (size: { width: number; height: number }) => string[]): string {
  const all = heights.flatMap((height) => [`-- ${width}×${height}`, ...draw({ width, height })]);
  return `${all.map((line) => line.trimEnd()).join("\n")}\n`;
}

describe("a run that a person steps into", () => {
  for (const width of [40, 80, 120]) {
    for (const count of [3, 60, 500])
      test(`shows ${count} nodes at ${width} columns, with the selected one in sight`, () => {
        const text = frames(width, (size) => {
          const it = new Steered(treeOf(count), size);
          it.press("end", "up");
          return it.frame();
        });
        expectGolden(golden(`keys-tree-${count}-${width}`), text);
      });

    test(`shows the page of a node, and its end while its agent works, at ${width} columns`, () => {
      const text = frames(width, (size) => {
        const it = new Steered(treeOf(3), size);
        it.page.know(wholeNode({ prompt: "Survey the providers.\n\n- prices\n- markets\n".repeat(3) }));
        for (let at = 1; at <= 12; at += 1) it.page.hear({ text: `→ Bash: step ${at}`, tone: "detail" });
        it.press("end", "up", "enter", "end");
        return it.frame();
      });
      expectGolden(golden(`keys-node-${width}`), text);
    });

    test(`says what the keys do, and what is asked, at ${width} columns`, () => {
      const text = frames(width, (size) => {
        const it = new Steered(treeOf(60), size);
        it.press("home", "s");
        const asked = it.frame();
        it.press("n", "?");
        return [...asked, ...it.frame()];
      });
      expectGolden(golden(`keys-help-${width}`), text);
    });
  }

  test("shows a question whole over the line where it is answered, with its options", () => {
    const text =
      "Should the billing module be checked against production data, or is the copy of last week enough for that?";
    const question = { text, options: ["production", "copy"], default: "copy", target: "human" as const };
    const ask = nodeView(2, { parent: 1, type: "ASK", status: "pending", goal: text, question });
    const it = new Steered(runView([nodeView(1), ask]), { width: 40, height: 24 });
    it.press("down", "a");
    const at = it.frame().map((line) => line.trimEnd());
    expect(at.slice(-5)).toEqual([
      "Should the billing module be checked",
      "against production data, or is the copy",
      "of last week enough for that?",
      "options: production | copy  default:",
      "copy",
    ]);
    it.size = { width: 40, height: 9 };
    expect(it.frame()).toHaveLength(9);
    expect(it.frame().at(0)).toStartWith("cord run");
    it.press("x");
    it.view = runView([nodeView(1), { ...ask, status: "complete" }]);
    expect(it.frame().join("\n")).not.toContain("options:");
  });

  test("says on the lowest screen that has keys until when an account holds the run up, whatever else is news", () => {
    const now = new Date(2026, 10, 26, 16, 9).getTime();
    const until = new Date(now + 42 * 60_000).toISOString();
    const windows = [{ name: "seven_day", status: "allowed" as const, utilization: 0.83, resets_at: until }];
    const parked = { reason: "the 5-hour window is used up", until };
    const given = { now, windows, parked, standing: "parked" as const, trouble: "It is used up." };
    const it = new Steered({ ...treeOf(60), ...given }, { width: 40, height: 9 });
    it.press("down");
    const frame = it.frame().map((line) => line.trimEnd());
    expect(frame.slice(-3, -1)).toEqual([
      "! limit: the 5-hour window is used up,",
      "  goes on at 16:52 (43 min)",
    ]);
  });

  test("paints the same words with colours, the selected line as one", () => {
    const it = new Steered(treeOf(60));
    it.press("end", "up");
    const painted = it.frame(true);
    expect(painted.map((line) => Bun.stripANSI(line).trimEnd())).toEqual(
      it.frame().map((line) => line.trimEnd()),
    );
    expect(painted.filter((line) => line.startsWith("\x1b[7m▶"))).toHaveLength(1);
  });

  test("says of a folded node what is below it", () => {
    const it = new Steered(treeOf(3), { width: 100, height: 24 });
    it.press("home", "f");
    expect(it.frame()[1]).toContain("▶▸● #1 [waiting]");
    expect(it.frame()[1]).toContain("+ 1 active, 1 pending");
  });
});

describe("the page of a node", () => {
  test("keeps no more of a log than it has room for, and says where the whole is", () => {
    const it = new Steered(treeOf(3));
    it.press("end", "up", "enter");
    for (let at = 1; at <= 2100; at += 1) it.page.hear({ text: `line ${at}`, tone: null });
    it.press("end");
    expect(it.frame().join("\n")).toContain("line 2100");
    it.press("home");
    const top = it.frame().join("\n");
    expect(top).toContain("… what came before: cord logs 2");
    expect(top).not.toContain("line 100\n");
  });

  test("shows of a question what is asked, and no log, which it never has", () => {
    const it = new Steered(runView([nodeView(1), nodeView(2, { parent: 1, type: "ASK", goal: "Which?" })]));
    it.page.know(wholeNode({ question: "Which?" }));
    it.page.lacksLog("No agent has worked on it yet.");
    it.press("end", "enter");
    const text = it.frame().join("\n");
    expect(text).toContain("question:\n  Which?");
    expect(text).not.toMatch(/prompt:|log:|No agent/);
  });

  test("says what its attempts may and must, and how the newest check of its result went", () => {
    const it = new Steered(treeOf(3), { width: 80, height: 50 });
    const check = {
      command: "bun test",
      code: 1,
      verdict: "failed" as const,
      why: null,
      took_ms: 2000,
      at: "",
    };
    const attempt = {
      attempt: 1,
      phase: null,
      state: "running" as const,
      usd: 0,
      estimated: false,
      counted: true,
    };
    const known = { session: null, reason: null, said: null, late_result: null };
    const checks = [
      { ...check, output: "old" },
      { ...check, output: "1 fail" },
    ];
    it.page.know(wholeNode({ means: "model opus", attempts: [{ ...attempt, ...known, checks }] }));
    it.press("end", "up", "enter");
    const text = it.frame().join("\n");
    expect(text).toContain("means:\n  model opus");
    expect(text).toContain("check:\n  check failed  bun test  exited with 1  2s\n    1 fail");
    expect(text).not.toContain("old");
  });

  test("lets no control byte of a prompt, a result or a log reach the terminal, and cuts what is endless", () => {
    const bad = "\x1b]0;title\x07\x1b[2J\u202eevil\x9b31m";
    const it = new Steered(runView([nodeView(1), nodeView(2, { goal: bad, notice: bad, reason: bad })]));
    it.page.know(wholeNode({ prompt: bad, result: { [bad]: bad }, attempts: [] }));
    it.page.hear({ text: bad, tone: "detail" });
    it.press("end", "enter");
    const text = it.frame().join("");
    expect(text).toContain("evil");
    for (const byte of ["\x1b", "\x07", "\u202e", "\x9b"]) expect(text).not.toContain(byte);
    it.page.know(wholeNode({ prompt: "x".repeat(1_000_000) }));
    expect(it.frame().length).toBeLessThanOrEqual(24);
    expect(it.press("end")).toBeUndefined();
  });
});
