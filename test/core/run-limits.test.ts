import { expect, test } from "bun:test";
import { raised, usedUp } from "../../src/core/run-limits.ts";
import { modelFor, refuseRole } from "../../src/core/run-models.ts";
import { runOptions } from "../support/run-options.ts";

test("what lets a run go on is a higher limit, as a flag that can be pasted", () => {
  const options = {
    ...runOptions,
    budget_usd: 2,
    total_budget_usd: 10,
    total_tokens: 50_000,
    timeout_seconds: 1800,
  };
  const spent = { usd: 10.2, tokens: 51_234 };
  expect(raised("total budget", spent, options)).toBe("--total-budget 16");
  expect(raised("total budget", { ...spent, usd: 0.34 }, { ...options, total_budget_usd: 0.3 })).toBe(
    "--total-budget 0.51",
  );
  expect(raised("total budget", { ...spent, usd: 1.9 }, { ...options, total_budget_usd: 2 })).toBe(
    "--total-budget 3",
  );
  expect(raised("total tokens", spent, options)).toBe("--total-tokens 77000");
  expect(raised("budget", spent, options)).toBe("--budget 4");
  expect(raised("time", spent, options)).toBe("--timeout 1h");
  expect(raised("time", spent, { ...options, timeout_seconds: 45 })).toBe("--timeout 90s");
  expect(raised("time", spent, { ...options, timeout_seconds: 300 })).toBe("--timeout 10m");
  expect(usedUp("total tokens", options)).toBe("the run's total of 50,000 tokens is used up");
});

test("a node's model is that of the root, of its depth, of its phase or the run's, whichever there is first", () => {
  const run = { models: { root: "opus", "3": "haiku", synthesis: "opus-4" }, model: "sonnet" };
  const node = { isRoot: false, path: "1.2", phase: "work" } as const;
  expect(modelFor(run, { isRoot: true, path: "1", phase: "synthesis" })).toBe("opus");
  expect(modelFor(run, node)).toBe("sonnet");
  expect(modelFor(run, { ...node, phase: "synthesis" })).toBe("opus-4");
  expect(modelFor(run, { ...node, path: "1.2.9", phase: "synthesis" })).toBe("haiku");
  expect(modelFor({ models: {}, model: null }, node)).toBeNull();
});

test("a role that no node has is refused", () => {
  for (const role of ["root", "work", "synthesis", "1", "64"]) refuseRole(role);
  for (const role of ["", "Root", "0", "depth", "100", "1.5", "__proto__"])
    expect(() => refuseRole(role)).toThrow("is no role of a node");
});
