import { expect, test } from "bun:test";
import type { RunView } from "../../../src/tui/run/node-view.ts";
import { runLines } from "../../../src/tui/run/view.ts";
import { nodeView, runView } from "../../support/terminal/views.ts";

/** What the live view of a run spends its room on. */

const draw = (view: RunView, width: number, height = 100) => runLines(view, { width, height, color: false });

test("shows a question whole where the other texts of a low screen have a line each", () => {
  const goal =
    "Should the billing module be checked against production data, or is the copy of last week enough for that?";
  const long = "Look through all that stands in the folder, and say of each file in it what is wrong with it";
  const others = Array.from({ length: 5 }, (_, index) =>
    nodeView(index + 3, { parent: 1, status: "active", goal: long }),
  );
  const nodes = [nodeView(1), nodeView(2, { parent: 1, type: "ASK", status: "pending", goal }), ...others];
  const shown = draw(runView(nodes), 60, 12).map((line) => line.trim());
  expect(shown.join(" ")).toContain(goal);
  expect(shown.filter((line) => line.includes("Look through all"))).toHaveLength(others.length);
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
