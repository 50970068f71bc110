import { expect, test } from "bun:test";
import type { RunView } from "../../../src/tui/run/node-view.ts";
import { runLines } from "../../../src/tui/run/view.ts";
import { nodeView, runView } from "../../support/terminal/views.ts";

/** What the live view of a run spends its room on. */

const draw = (view: RunView, width: number, height = 100) => runLines(view, { width, height, color: false });

test("shows a question whole as long as what needs nobody can give way", () => {
  const goal =
    "Should the billing module be checked against production data, or is the copy of last week enough for that?";
  const many = Array.from({ length: 40 }, (_, index) => nodeView(index + 3, { parent: 1, goal: "Wait" }));
  const nodes = [nodeView(1), nodeView(2, { parent: 1, type: "ASK", status: "pending", goal }), ...many];
  const shown = draw(runView(nodes), 60, 10).map((line) => line.trim());
  expect(shown.join(" ")).toContain(goal);
});

test("has the costs of nodes that wait in a column, too", () => {
  const nodes = [
    nodeView(1, { goal: "Compare three shops", usd: 0.05 }),
    nodeView(2, { parent: 1, goal: "List", usd: 0.05 }),
    nodeView(3, { parent: 1, goal: "Read the reviews of all", usd: 0.02 }),
  ].map((node) => ({ ...node, status: "pending" as const }));
  const columns = draw(runView(nodes), 80)
    .filter((line) => line.includes("○"))
    .map((line) => line.indexOf("$0.0"));
  expect(new Set(columns).size).toBe(1);
});
