import { describe, expect, test } from "bun:test";
import { editedPlan, planText } from "../../../src/cli/run/plan-text.ts";
import type { Plan, PlannedNode } from "../../../src/core/plan.ts";
import { hostile } from "../../support/hostile.ts";

const node = (number: number, given: Partial<PlannedNode> = {}): PlannedNode => ({
  node_id: `#${number}`,
  parent: "#1",
  goal: `Goal ${number}`,
  prompt: null,
  needs: [],
  returns: "text",
  model: "sonnet",
  agent: "claude",
  options: {},
  ...given,
});
const planOf = (...nodes: PlannedNode[]): Plan => ({
  node_id: "#1",
  goal: "All",
  serial: false,
  shown: false,
  nodes,
  estimate: null,
});
const read = (text: string, plan: Plan, others: string[] = []) => {
  const edited = editedPlan(text, plan, others);
  return "faults" in edited ? edited.faults : edited.nodes;
};

const whole = planOf(
  node(2, { prompt: "All there is.\n\n# No heading\n\n- no item" }),
  node(3, { needs: ["#2", "#9"], model: "opus", agent: "rehearsal", returns: "list" }),
  node(4, { needs: ["#3"], options: { for_each: "#3", limit: 5, timeout_seconds: 600 } }),
  node(5, { needs: ["#2"], options: { type: "serial", check: 'grep -q "x" y', cwd: "web" } }),
  node(6, { parent: "#5", needs: ["#2"] }),
  node(7, { parent: "#5", needs: ["#2", "#6"], options: { allowed_tools: ["Read", "Edit"], retries: 2 } }),
);

describe("a plan as the text that a person edits", () => {
  test("leaves a prompt out that only says the goal, so that none stays behind when the goal is changed", () => {
    const plan = planOf(node(2, { prompt: "Goal 2\n" }));
    const text = planText(plan, "claude");
    expect(text.match(/Goal 2/g)).toHaveLength(1);
    expect(read(text.replace("Goal 2", "Other"), plan)).toMatchObject([{ goal: "Other", prompt: null }]);
  });

  test("is read as it was written, and sends no prompt that was not changed", () => {
    expect(read(planText(whole, "claude"), whole, ["#9"])).toEqual([
      {
        node_id: "#2",
        parent: "#1",
        goal: "Goal 2",
        needs: [],
        returns: "text",
        model: "sonnet",
        agent: null,
        options: {},
      },
      {
        node_id: "#3",
        parent: "#1",
        goal: "Goal 3",
        needs: ["#2", "#9"],
        returns: "list",
        model: "opus",
        agent: "rehearsal",
        options: {},
      },
      {
        node_id: "#4",
        parent: "#1",
        goal: "Goal 4",
        needs: [],
        for_each: "#3",
        returns: "text",
        model: "sonnet",
        agent: null,
        options: { limit: 5, timeout_seconds: 600 },
      },
      {
        node_id: "#5",
        parent: "#1",
        goal: "Goal 5",
        needs: ["#2"],
        returns: "text",
        model: "sonnet",
        agent: null,
        options: { type: "serial", check: 'grep -q "x" y', cwd: "web" },
      },
      {
        node_id: "#6",
        parent: "#5",
        goal: "Goal 6",
        needs: [],
        returns: "text",
        model: "sonnet",
        agent: null,
        options: {},
      },
      {
        node_id: "#7",
        parent: "#5",
        goal: "Goal 7",
        needs: [],
        returns: "text",
        model: "sonnet",
        agent: null,
        options: { allowed_tools: ["Read", "Edit"], retries: 2 },
      },
    ]);
  });

  test("names new nodes by their labels, and by their lines where they have none", () => {
    const plan = planOf(node(2));
    expect(read("# A {#a}\n\n# B {needs=#a}\n\nWhy.\n\n1. C\n2. D\n\n# Goal 2 {#2}\n", plan)).toMatchObject([
      { node_id: "a", parent: "#1", prompt: null },
      { node_id: "line 3", parent: "#1", needs: ["a"], prompt: "Why." },
      { node_id: "line 7", parent: "line 3", needs: [] },
      { node_id: "line 8", parent: "line 3", needs: ["line 7"] },
      { node_id: "#2", parent: "#1" },
    ]);
  });

  test("says with its line what is wrong in it", () => {
    const plan = planOf(node(2), node(3));
    expect(read('# Goal 3 {#3 needs="#2"}\n', plan)).toEqual([
      { line: 1, text: "There is no node #2. There are #3." },
    ]);
    expect(read("# A {modle=opus}\n", plan)).toMatchObject([{ line: 1 }]);
    expect(read("<!-- nothing -->\n", plan)).toMatchObject([
      { line: 1, text: expect.stringContaining("no node left") },
    ]);
  });

  test("takes whatever agents have written as text", () => {
    const plan = planOf(
      node(2, { goal: `--> {#3 check="rm"} ${hostile}`, prompt: `<!-- ${hostile} -->\n# {#9}\n1. a` }),
    );
    const [edited, ...more] = read(planText(plan, "claude"), plan);
    expect(more).toEqual([]);
    expect(edited).toMatchObject({ node_id: "#2", options: {} });
    expect(edited).not.toHaveProperty("prompt");
  });
});
