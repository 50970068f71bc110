import { describe, expect, test } from "bun:test";
import { grantFor, type RunOptions } from "../../src/core/run.ts";
import { randomly } from "../support/random.ts";

const options: RunOptions = {
  budget_usd: 2,
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
};

const spending = (spentUsd: number, reservedUsd = 0, running = 0) => ({ spentUsd, reservedUsd, running });

describe("a launch", () => {
  test("without a total budget gets one agent's budget, whatever was spent", () => {
    const unlimited = { ...options, total_budget_usd: null };
    expect(grantFor(unlimited, "work", spending(1e6))).toEqual({ grant: "launch", budgetUsd: 2 });
    expect(grantFor({ ...unlimited, budget_usd: null }, "work", spending(0))).toEqual({
      grant: "launch",
      budgetUsd: null,
    });
  });

  test("gets what is left when that is less than its usual budget", () => {
    expect(grantFor(options, "work", spending(0))).toEqual({ grant: "launch", budgetUsd: 2 });
    expect(grantFor(options, "work", spending(8))).toEqual({ grant: "launch", budgetUsd: 1 });
  });

  test("waits while running agents may leave something over, and never comes once none is left", () => {
    expect(grantFor(options, "work", spending(5, 4, 2))).toEqual({ grant: "wait" });
    expect(grantFor(options, "work", spending(9))).toEqual({ grant: "never" });
  });

  test("of a synthesis may use the reserve that work may not", () => {
    expect(grantFor(options, "synthesis", spending(9))).toEqual({ grant: "launch", budgetUsd: 1 });
    expect(grantFor(options, "synthesis", spending(10))).toEqual({ grant: "never" });
  });

  test("of a synthesis comes also when agents have overspent into the reserve", () => {
    const small = { ...options, total_budget_usd: 2 };
    expect(grantFor(small, "synthesis", spending(1.875))).toEqual({ grant: "launch", budgetUsd: 0.125 });
  });
});

test(
  "no order of launches lets the running agents spend more than the total budget",
  randomly((random) => {
    for (let round = 0; round < 500; round += 1) {
      const total = 1 + random.int(20);
      const limited = {
        ...options,
        total_budget_usd: total,
        budget_usd: random.chance(0.5) ? null : 1 + random.int(5),
      };
      let spentUsd = 0;
      const running: number[] = [];
      for (let step = 0; step < 40; step += 1) {
        const reservedUsd = running.reduce((sum, budget) => sum + budget, 0);
        const phase = random.chance(0.5) ? "work" : "synthesis";
        const grant = grantFor(limited, phase, { spentUsd, reservedUsd, running: running.length });
        if (grant.grant === "launch") {
          expect(grant.budgetUsd).not.toBeNull();
          running.push(grant.budgetUsd ?? 0);
        } else {
          expect(grant.grant).toBe(running.length > 0 ? "wait" : "never");
          spentUsd += (running.pop() ?? 0) * (random.int(11) / 10);
        }
        expect(spentUsd + running.reduce((sum, budget) => sum + budget, 0)).toBeLessThanOrEqual(total + 1e-9);
      }
    }
  }),
);
