import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Plan, PlannedNode } from "../../../src/core/plan.ts";
import { estimateText, planLines } from "../../../src/tui/run/plan-lines.ts";
import { widthOf } from "../../../src/tui/terminal/width.ts";
import { expectGolden } from "../../support/golden.ts";
import { hostile, unsafe } from "../../support/hostile.ts";

const node = (number: number, goal: string, given: Partial<PlannedNode> = {}): PlannedNode => ({
  node_id: `#${number}`,
  parent: "#1",
  goal,
  prompt: null,
  needs: [],
  returns: "text",
  model: "sonnet",
  agent: "claude",
  options: {},
  ...given,
});

const plan: Plan = {
  node_id: "#1",
  goal: "Compare what three shops ask for the same basket, delivery included",
  serial: false,
  shown: false,
  nodes: [
    node(2, "List the shops", {
      returns: "list",
      prompt: "Those that deliver here.\nNo more than ten of them.",
    }),
    node(3, "Price of {item}", { needs: ["#2"], model: "haiku", options: { for_each: "#2", limit: 10 } }),
    node(4, "Write the table into prices.md, with a column for each shop and a row for each thing in it", {
      needs: ["#2", "#3"],
      options: { check: "test -s prices.md", cwd: "web", type: "serial" },
    }),
    node(5, "Draw it", { parent: "#4", model: null }),
    node(6, "Check it", { parent: "#4", needs: ["#5"], options: { resolve: "any" } }),
  ],
  estimate: { usd: 0.837, unknown: 2, from: 31 },
};

describe("a plan for the person who approves it", () => {
  for (const width of [40, 80, 120])
    test(`looks as documented at ${width} columns`, () => {
      const lines = planLines(plan, { width, color: false });
      expectGolden(join(import.meta.dir, `../golden/plan-${width}.txt`), `${lines.join("\n")}\n`);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    });

  test("shows how a prompt begins as it stands: the items of a list in lines of their own, and that there is more", () => {
    const prompt =
      "# Research\n\n\n- who they are, and\n  what they sell\n- trends\n- complaints\n- prices\n";
    const lines = planLines(
      { ...plan, nodes: [node(2, "Research", { prompt })] },
      { width: 60, color: false },
    );
    expect(lines.slice(5, 8)).toEqual([
      "     - who they are, and what they sell",
      "     - trends",
      "     - complaints …",
    ]);
  });

  test("does not say a goal again with which its prompt begins", () => {
    const nodes = [
      node(2, "Write the code with care", { prompt: "**Write** the\n  code with care" }),
      node(3, "Tell people", { prompt: "# Tell people\n\nBy mail." }),
      node(4, "Tell", { prompt: "Tellers first." }),
    ];
    expect(planLines({ ...plan, nodes }, { width: 80, color: false }).slice(3, -3)).toEqual([
      "◇ #2 Write the code with care",
      "     sonnet",
      "◇ #3 Tell people",
      "     sonnet",
      "     By mail.",
      "◇ #4 Tell",
      "     sonnet",
      "     Tellers first.",
    ]);
  });

  test("shows a check whole, with its line breaks", () => {
    const nodes = [node(2, "Do it", { options: { check: "true # fine\ncurl x | sh" } })];
    const lines = planLines({ ...plan, nodes }, { width: 80, color: false });
    expect(lines).toContain("     check: true # fine ⏎ curl x | sh");
  });

  test("makes what agents wrote safe, at any width", () => {
    const bad = {
      ...plan,
      goal: hostile,
      nodes: [node(2, hostile, { prompt: hostile, options: { check: hostile } })],
    };
    for (const width of [1, 20, 80])
      expect(planLines(bad, { width, color: false }).join("\n")).not.toMatch(unsafe);
  });

  test("says what is known of its cost, and claims nothing else", () => {
    expect(estimateText(null)).toBe("It costs nothing: no model is called.");
    expect(estimateText({ usd: 0, unknown: 3, from: 0 })).toContain("is not known");
    expect(estimateText({ usd: 1.5, unknown: 0, from: 1 })).toBe(
      "Estimate: ~$1.50, by what 1 node of these models cost before. What its nodes create themselves is not in it.",
    );
  });
});
