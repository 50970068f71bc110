import { describe, expect, test } from "bun:test";
import { grantFor, isWorkOver, type Part } from "../../src/core/budget.ts";
import { randomly } from "../support/random.ts";
import { runOptions } from "../support/run-options.ts";

const options = { ...runOptions, budget_usd: 2, total_budget_usd: 10 };

const none = { spent: 0, reserved: 0, synthesis: 0, last: 0 };

const spending = (spent: number, reserved = 0, running = 0, synthesis = 0, last = synthesis) => ({
  usd: { spent, reserved, synthesis, last },
  tokens: none,
  running,
});
const ofTokens = (spent: number, reserved = 0, running = 0, synthesis = 0, last = synthesis) => ({
  usd: none,
  tokens: { spent, reserved, synthesis, last },
  running,
});
const launch = (budgetUsd: number | null, shared = false, budgetTokens: number | null = null) => ({
  grant: "launch" as const,
  budgetUsd,
  budgetTokens,
  shared,
});
const refused = (grant: "wait" | "never", limit: "total budget" | "total tokens" = "total budget") => ({
  grant,
  limit,
});

describe("a launch", () => {
  test("without a total budget gets one agent's budget, whatever was spent", () => {
    const unlimited = { ...options, total_budget_usd: null };
    expect(grantFor(unlimited, "work", spending(1e6))).toEqual(launch(2));
    expect(grantFor({ ...unlimited, budget_usd: null }, "work", spending(0))).toEqual(launch(null));
  });

  test("in a rehearsal, which costs nothing, waits for no money", () => {
    const rehearsed = { ...options, agent: "rehearsal" };
    expect(grantFor(rehearsed, "work", spending(0, 9, 5))).toEqual(launch(2));
  });

  test("gets what is left when that is less than the default budget", () => {
    expect(grantFor(options, "work", spending(0))).toEqual(launch(2));
    expect(grantFor(options, "work", spending(8))).toEqual(launch(1, true));
  });

  test("shares what is left with those that are ready too, as far as that is worth a start", () => {
    expect(grantFor(options, "work", spending(0), 4)).toEqual(launch(2));
    expect(grantFor(options, "work", spending(7), 4)).toEqual(launch(0.5, true));
    expect(grantFor(options, "work", spending(8.5), 4)).toEqual(launch(0.25, true));
  });

  test("waits while running agents may leave something over, and never comes once none is left", () => {
    expect(grantFor(options, "work", spending(5, 4, 2))).toEqual(refused("wait"));
    expect(grantFor(options, "work", spending(9))).toEqual(refused("never"));
  });

  test("of the root's synthesis may use the reserve that work may not", () => {
    expect(grantFor(options, "last", spending(9))).toEqual(launch(1, true));
    expect(grantFor(options, "last", spending(10, 0, 0, 1))).toEqual(refused("never"));
  });

  test("of the root's synthesis comes also when agents have overspent the reserve, until it has used that up", () => {
    const small = { ...options, total_budget_usd: 2 };
    expect(grantFor(small, "last", spending(1.875))).toEqual(launch(0.2, true));
    expect(grantFor(small, "last", spending(2.5))).toEqual(launch(0.2, true));
    expect(grantFor(small, "last", spending(2.5, 0, 0, 0.1))).toEqual(launch(0.1, true));
    expect(grantFor(small, "last", spending(2.5, 0, 0, 0.2))).toEqual(refused("never"));
  });

  test("of work uses what there is of the tokens, until only the reserve of the syntheses is left", () => {
    const tokens = { ...options, total_budget_usd: null, total_tokens: 1000 };
    expect(grantFor(tokens, "work", ofTokens(0), 4)).toEqual(launch(2));
    expect(grantFor(tokens, "work", ofTokens(870, 0, 3), 4)).toEqual(launch(2));
    expect(grantFor(tokens, "work", ofTokens(890, 0, 1))).toEqual(refused("wait", "total tokens"));
    expect(grantFor(tokens, "work", ofTokens(890))).toEqual(refused("never", "total tokens"));
    expect(isWorkOver(tokens, ofTokens(899))).toBe(false);
    expect(isWorkOver(tokens, ofTokens(900))).toBe(true);
    expect(isWorkOver({ ...tokens, agent: "rehearsal" }, ofTokens(900))).toBe(false);
  });

  test("of a synthesis leaves the tokens to those who work meanwhile, and to other syntheses", () => {
    const tokens = { ...options, total_budget_usd: null, total_tokens: 1000 };
    expect(grantFor(tokens, "synthesis", ofTokens(150))).toEqual(launch(2, false, 200));
    const one = ofTokens(150, 200, 2, 200, 0);
    expect(isWorkOver(tokens, one)).toBe(false);
    expect(grantFor(tokens, "work", one)).toEqual(launch(2));
    expect(grantFor(tokens, "synthesis", one)).toEqual(launch(2, false, 150));
    const all = ofTokens(150, 850, 2, 850, 850);
    expect(isWorkOver(tokens, all)).toBe(false);
    expect(isWorkOver(tokens, { ...all, tokens: { ...all.tokens, spent: 900 } })).toBe(true);
  });

  test("of a synthesis has a share of the tokens, and the root's has its own however much work has used", () => {
    const tokens = { ...options, total_budget_usd: null, total_tokens: 1000 };
    expect(grantFor(tokens, "synthesis", ofTokens(900))).toEqual(launch(2, false, 50));
    expect(grantFor(tokens, "last", ofTokens(1300))).toEqual(launch(2, false, 100));
    expect(grantFor(tokens, "last", ofTokens(1300, 0, 0, 100))).toEqual(refused("never", "total tokens"));
    expect(grantFor({ ...tokens, total_budget_usd: 10 }, "last", ofTokens(0))).toEqual(
      launch(2, false, 1000),
    );
  });

  test("of another's synthesis leaves the root's half of the reserve alone, which comes also when the others have overspent", () => {
    expect(grantFor(options, "synthesis", spending(9))).toEqual(launch(0.5, true));
    expect(grantFor(options, "synthesis", spending(12))).toEqual(launch(0.5, true));
    expect(grantFor(options, "synthesis", spending(10, 0, 0, 0.5, 0))).toEqual(refused("never"));
    expect(grantFor(options, "last", spending(13, 0, 0, 3, 0))).toEqual(launch(0.5, true));
    expect(grantFor(options, "work", spending(5, 0, 0, 3, 0), 10)).toEqual(launch(0.45, true));
  });
});

test(
  "no order of launches lets agents spend more than the total budget but by what each may overspend, nor work the reserve",
  randomly((random) => {
    for (let round = 0; round < 500; round += 1) {
      const total = 1 + random.int(20);
      const budget_usd = random.chance(0.5) ? null : 1 + random.int(5);
      const limited = { ...options, total_budget_usd: total, budget_usd };
      const call = random.int(4) / 10;
      const spent: Record<Part, number> = { work: 0, synthesis: 0, last: 0 };
      let overspent = 0;
      const running: { phase: Part; budget: number }[] = [];
      for (let step = 0; step < 40; step += 1) {
        const reserved = (some: Part) =>
          running.filter(({ phase }) => phase === some).reduce((sum, { budget }) => sum + budget, 0);
        const phase = random.pick(["work", "synthesis", "last"] as const);
        const allSpent = () => spent.work + spent.synthesis + spent.last;
        const allReserved = () => reserved("work") + reserved("synthesis") + reserved("last");
        const lastUsd = spent.last + reserved("last");
        const usd = {
          spent: allSpent(),
          reserved: allReserved(),
          synthesis: spent.synthesis + reserved("synthesis") + lastUsd,
          last: lastUsd,
        };
        const spending = { usd, tokens: none, running: running.length };
        const grant = grantFor(limited, phase, spending, 1 + random.int(6));
        if (grant.grant === "launch") running.push({ phase, budget: grant.budgetUsd ?? 0 });
        else {
          expect(grant.grant).toBe(running.length > 0 ? "wait" : "never");
          const ended = running.pop();
          if (ended) {
            const over = random.chance(0.3) ? random.int(11) * 0.1 * call : 0;
            overspent += over;
            spent[ended.phase] += ended.budget * (over > 0 ? 1 : random.int(11) / 10) + over;
          }
        }
        const bound = allSpent() + allReserved();
        expect(bound).toBeLessThanOrEqual(total + overspent + 1e-9);
        const unused = Math.max(0, total * 0.1 - usd.synthesis);
        if (grant.grant === "launch" && phase === "work")
          expect(bound).toBeLessThanOrEqual(total - unused + overspent + 1e-9);
      }
    }
  }),
);
