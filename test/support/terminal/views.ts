import type { NodeView, RunView } from "../../../src/tui/run/node-view.ts";

/** A node for the views: pending, with nothing known of it, but for what is given. */
export function nodeView(number: number, given: Partial<NodeView> = {}): NodeView {
  return {
    number,
    parent: number === 1 ? null : 1,
    type: number === 1 ? "GOAL" : "TASK",
    goal: `Goal ${number}`,
    status: "pending",
    phase: "work",
    needs: [],
    workedMs: 0,
    runningSince: null,
    tries: 0,
    usd: 0,
    estimated: false,
    isUp: true,
    heardAt: null,
    activity: null,
    notice: null,
    result: null,
    reason: null,
    ...given,
  };
}

/** A run of these nodes, two minutes and fourteen seconds after its start. */
export function runView(nodes: NodeView[], given: Partial<RunView> = {}): RunView {
  return {
    id: "0192f3a0",
    goal: "competitive landscape report for fintech",
    now: 134_000,
    standing: "running",
    lost: 0,
    limitHit: null,
    trouble: null,
    workedMs: 134_000,
    usd: 0.84,
    estimated: false,
    totalBudget: 10,
    agents: 3,
    done: nodes.filter(({ status }) => status === "complete").length,
    nodes,
    notices: [],
    ...given,
  };
}

/** The run of the documentation. */
export const documented: RunView = runView([
  nodeView(1, {
    goal: "Build a competitive landscape report for fintech",
    status: "waiting",
  }),
  nodeView(2, {
    goal: "Identify top fintech competitors",
    status: "complete",
    workedMs: 41000,
    usd: 0.12,
    result: '["Stripe","Adyen","Checkout.com","Block","PayPal","Klarna","Wise","Revolut","Plaid","Marqeta"]',
  }),
  nodeView(4, {
    goal: "Deep competitive analysis",
    status: "active",
    needs: [2, 3],
    runningSince: 122_000,
    activity: "Bash: python score.py",
  }),
  nodeView(5, { goal: "Write executive report", needs: [4] }),
]);

/** Every state, icon and note at once, with wide characters and a deep branch. */
export const everything: RunView = runView(
  [
    nodeView(1, { goal: "市場調査レポートを作成する for the board 📊", status: "waiting" }),
    nodeView(2, {
      goal: "Collect prices",
      status: "failed",
      workedMs: 74000,
      usd: 1.5,
      reason: "claude exited with 1: API Error 401\nrun claude and log in",
    }),
    nodeView(3, {
      goal: "Compare the prices",
      status: "cancelled",
      needs: [2],
      reason: "it needs #2, which failed",
    }),
    nodeView(4, {
      goal: "Survey",
      status: "active",
      runningSince: 30_000,
      notice: "rate limited, retry 2 of 10 in 8s",
    }),
    nodeView(5, {
      parent: 4,
      goal: "Interviews",
      status: "active",
      phase: "synthesis",
      runningSince: 100_000,
      activity: "Read: notes.md",
    }),
    nodeView(6, {
      parent: 5,
      goal: "Interview with the person in charge of payments in Osaka",
      status: "paused",
    }),
    nodeView(7, {
      parent: 5,
      type: "ASK",
      goal: "Which region matters most?",
      status: "active",
      runningSince: 101_000,
      question: { text: "Which region matters most?", options: ["EU", "US", "日本"], default: "EU" },
    }),
    nodeView(8, { parent: 7, goal: "Deep" }),
    nodeView(9, { parent: 8, goal: "Deeper", needs: [5, 6] }),
    nodeView(10, { parent: 9, goal: "Deepest" }),
    nodeView(11, {
      goal: "Print",
      status: "complete",
      workedMs: 3725000,
      usd: 0.001,
      result: "done",
    }),
  ],
  { agents: 1, totalBudget: null, notices: ["agents run with bypassPermissions; see --permission-mode"] },
);
