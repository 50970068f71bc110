import { expect, test } from "bun:test";
import { firstLines } from "../../../src/cli/run/first-lines.ts";
import { runOptions } from "../../support/run-options.ts";

const first = (some: Partial<typeof runOptions>) => firstLines({ ...runOptions, ...some })[0] ?? "";

test("before anything is spent one line says what may be spent at most", () => {
  expect(first({ total_budget_usd: 10, budget_usd: 2, model: "sonnet" })).toBe(
    "up to $10 ($2 an agent) · 4 at once · at most 200 nodes · claude sonnet",
  );
  expect(first({ total_budget_usd: 0.5, budget_usd: 2, model: "sonnet" })).toStartWith(
    "up to $0.50 · 4 at once",
  );
  expect(
    first({
      budget_usd: 2,
      total_tokens: 2_000_000,
      timeout_seconds: 1800,
      models: { root: "opus", "3": "haiku" },
    }),
  ).toBe(
    "$2 an agent · up to 2M tokens · up to 30m00s · 4 at once · at most 200 nodes · claude (depth 3 haiku, root opus)",
  );
  expect(first({})).toStartWith("no limit of money · 4 at once");
  expect(first({ agent: "rehearsal", total_budget_usd: 10, total_tokens: 5 })).toBe(
    "4 at once · at most 200 nodes",
  );
});
