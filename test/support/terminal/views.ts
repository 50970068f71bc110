import type { Run } from "../../../src/core/run.ts";
import type { NodeView, RunView } from "../../../src/tui/run/node-view.ts";

/** A moment so many milliseconds after the epoch, as the daemon writes it. */
export function at(ms: number): string {
  return new Date(ms).toISOString();
}

/** A run as the daemon tells of it: it has just begun, and an engine works on it, but for what is given. */
export function runOf(given: Partial<Run> = {}): Run {
  return {
    id: "0192f3a0",
    goal: "A report",
    status: "active",
    standing: "running",
    asks: [],
    engines: ["engine"],
    trouble: null,
    windows: [],
    parked: null,
    done: 0,
    lost: 0,
    agents: 0,
    worked_ms: 0,
    project: null,
    cwd: null,
    nodes: 0,
    usd: 0,
    tokens: 0,
    estimated: false,
    uncounted: 0,
    limit_hit: null,
    created_at: at(0),
    ended_at: null,
    options: {
      budget_usd: null,
      total_budget_usd: 10,
      jobs: 4,
      max_depth: 6,
      max_nodes: 200,
      timeout_seconds: null,
      model: null,
      agent: "claude",
      permission_mode: "bypassPermissions",
      isolate: false,
      stall_seconds: 600,
      max_children: 20,
      trust: false,
      total_tokens: null,
      on_limit: "wait",
      plan: null,
      check: null,
      check_seconds: 600,
      notify: null,
      setup: null,
      models: {},
    },
    ...given,
  };
}

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
    shape: null,
    worked_ms: 0,
    running_since: null,
    tries: 0,
    usd: 0,
    attempt_usd: 0,
    estimated: false,
    uncounted: 0,
    proposal: null,
    isUp: true,
    heardAt: null,
    activity: null,
    notice: null,
    result: null,
    reason: null,
    question: null,
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
    limit_hit: null,
    trouble: null,
    parked: null,
    windows: [],
    worked_ms: 134_000,
    usd: 0.84,
    estimated: false,
    uncounted: 0,
    totalBudget: 10,
    tokens: 0,
    totalTokens: null,
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
    worked_ms: 41000,
    usd: 0.12,
    result: '["Stripe","Adyen","Checkout.com","Block","PayPal","Klarna","Wise","Revolut","Plaid","Marqeta"]',
  }),
  nodeView(4, {
    goal: "Deep competitive analysis",
    status: "active",
    needs: [2, 3],
    running_since: at(122_000),
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
      worked_ms: 74000,
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
      running_since: at(30_000),
      notice: "rate limited, retry 2 of 10 in 8s",
    }),
    nodeView(5, {
      parent: 4,
      goal: "Interviews",
      status: "active",
      phase: "synthesis",
      running_since: at(100_000),
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
      running_since: at(101_000),
      question: {
        text: "Which region matters most?",
        options: ["EU", "US", "日本"],
        default: "EU",
        target: "human",
      },
    }),
    nodeView(8, { parent: 7, goal: "Deep" }),
    nodeView(9, { parent: 8, goal: "Deeper", needs: [5, 6] }),
    nodeView(10, { parent: 9, goal: "Deepest" }),
    nodeView(11, {
      goal: "Print",
      status: "complete",
      worked_ms: 3725000,
      usd: 0.001,
      result: "done",
    }),
  ],
  { agents: 1, totalBudget: null, notices: ["agents run with bypassPermissions; see --permission-mode"] },
);
