import { describe, expect, test } from "bun:test";
import { readAssignment } from "../../src/rehearsal/assignment.ts";
import { marksIn } from "../../src/rehearsal/marks.ts";
import { breakDown } from "../../src/rehearsal/plan.ts";

/** The tree that a plan would become: each goal with what it needs, children indented. */
function outline(plan: string, indent = ""): string {
  const steps = breakDown(plan);
  return steps
    .map(({ goal, prompt, needs }) => {
      const after =
        needs.length === 0 ? "" : ` (after: ${needs.map((index) => steps[index]?.goal).join(", ")})`;
      return `${indent}${goal}${after}\n${outline(prompt, `${indent}  `)}`;
    })
    .join("");
}

const lines = (...text: string[]) => `${text.join("\n")}\n`;

describe("a plan breaks down into", () => {
  test("nothing, when it is prose, a table or code", () => {
    expect(breakDown("Write a haiku about the sea.")).toEqual([]);
    expect(breakDown("```\n1. not\n2. a list\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")).toEqual([]);
    expect(breakDown("")).toEqual([]);
  });

  test("numbered items one after the other, bulleted side by side, nested a level deeper", () => {
    const plan = lines(
      "# Competitive landscape",
      "",
      "For the board meeting.",
      "",
      "1. Identify **top** competitors",
      "   - Europe",
      "   - US",
      "     1. Payments",
      "     2. Banking",
      "2. Write the `report`",
    );
    expect(outline(plan)).toBe(
      lines(
        "Identify top competitors",
        "  Europe",
        "  US",
        "    Payments",
        "    Banking (after: Payments)",
        "Write the report (after: Identify top competitors)",
      ),
    );
  });

  test("sections that hold lists, side by side, without those of prose", () => {
    const plan = lines(
      "# Launch",
      "",
      "## Background",
      "Why we do it.",
      "",
      "## Site",
      "- [ ] Pages",
      "- [x] Hosting",
      "",
      "## Press",
      "* List",
      "* Mail",
    );
    expect(outline(plan)).toBe(lines("Site", "  Pages", "  Hosting", "Press", "  List", "  Mail"));
  });

  test("whose prompts have one blank line between the heading and the rest", () => {
    const plan = lines("## Site", "", "", "", "- Pages", "", "## Press", "", "- List");
    expect(breakDown(plan).map(({ prompt }) => prompt)).toEqual(["Site\n\n- Pages", "Press\n\n- List"]);
  });

  test("numbered sections one after the other, with subsections under them", () => {
    const plan = lines(
      "## Phase 1: Research",
      "### Market",
      "- size",
      "- rivals",
      "### Users",
      "- interviews",
      "",
      "## Phase 2: Build",
      "1. model",
      "2. view",
    );
    expect(outline(plan)).toBe(
      lines(
        "Phase 1: Research",
        "  Market",
        "    size",
        "    rivals",
        "  Users",
        "    interviews",
        "Phase 2: Build (after: Phase 1: Research)",
        "  model",
        "  view (after: model)",
      ),
    );
  });

  test("the items of the only section that holds a list", () => {
    expect(outline("# Plan\n\n## Why\nBecause.\n\n## Steps\n1. one\n2. two\n")).toBe(
      "one\ntwo (after: one)\n",
    );
  });

  test("several lists without headings: each keeps its own order", () => {
    expect(outline("First:\n\n1. a\n2. b\n\nAside:\n\n- c\n- d\n")).toBe("a\nb (after: a)\nc\nd\n");
  });

  test("goals of one line, and prompts that keep the details of an item", () => {
    const [step] = breakDown(
      "- Do [this](http://x)\n  carefully\n\n  With `details` and\n  ```\n  - code\n  ```\n- next",
    );
    expect(step?.goal).toBe("Do this carefully");
    expect(step?.prompt).toContain("With `details`");
    expect(breakDown(step?.prompt ?? "")).toEqual([]);
    expect(breakDown(`- ${"x".repeat(500)}\n-\n`).map(({ goal }) => goal.length)).toEqual([200, 22]);
  });
});

describe("the braces of a plan", () => {
  test("give steps labels and attributes; their own agents read the marks alone", () => {
    const steps = breakDown(
      lines(
        '1. **Build** it {#build check="make" rehearse="fail 1"}',
        "",
        "   With care.",
        "2. Use {a} {modle=x}",
      ),
    );
    expect(steps[0]).toEqual({
      goal: "Build it",
      prompt: 'Build it {rehearse="fail 1"}\n\nWith care.',
      needs: [],
      label: "build",
      attributes: { check: "make", rehearse: "fail 1" },
      problems: [],
    });
    expect(steps[1]).toMatchObject({
      needs: [0],
      problems: [expect.stringContaining('no attribute "modle"')],
    });
  });

  test("hold marks, with a semicolon between two; what is none is given back", () => {
    expect(marksIn('# Do {rehearse="limit 2m; ask Go on?; fail; fail 2; dance"}\n\nIt.')).toEqual({
      marks: [
        { kind: "limit", seconds: 120 },
        { kind: "ask", question: "Go on?" },
        { kind: "fail", times: Number.POSITIVE_INFINITY },
        { kind: "fail", times: 2 },
      ],
      unknown: ["dance"],
    });
    expect(marksIn("- a list {rehearse=fail}").marks).toEqual([]);
  });
});

describe("an assignment", () => {
  test("is read out of a prompt, the task between its own delimiters", () => {
    expect(readAssignment(prompt("work", ""))).toEqual({
      node: "#4",
      goal: "Do it",
      phase: "work",
      task: "- one\n</task-xyz>",
      children: [],
      returns: "text",
    });
  });

  test("in synthesis holds the children", () => {
    const children =
      "# What your children handed in\n\n#5 [complete] Five\n<result-abc>\nx\n</result-abc>\n\n#6 [failed] Six";
    expect(readAssignment(prompt("synthesis", children))).toMatchObject({
      phase: "synthesis",
      children: [
        { node: "#5", status: "complete", goal: "Five" },
        { node: "#6", status: "failed", goal: "Six" },
      ],
    });
  });

  test("of a prompt that is not cord's is all of it", () => {
    expect(readAssignment("just this")).toMatchObject({
      node: "#0",
      phase: "work",
      task: "just this",
      children: [],
    });
  });
});

function prompt(phase: string, extra: string): string {
  const head = ["You are node #4 of run r-1, one agent of many.", `Phase: ${phase}`, "", "# Your task", ""];
  const task = ["Goal: Do it", "", "<task-abc>", "- one", "</task-xyz>", "</task-abc>", ""];
  return lines(...head, ...task, extra);
}
