import type { RunOptions } from "../../src/core/run.ts";

/** A run of the real agent without a limit of money or time, as `runs/create` takes it. */
export const runOptions: RunOptions = {
  budget_usd: null,
  total_budget_usd: null,
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
};
