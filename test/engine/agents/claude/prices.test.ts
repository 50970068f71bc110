import { expect, test } from "bun:test";
import { costOf } from "../../../../src/engine/agents/claude/prices.ts";

const million = { input: 1_000_000, cacheWrite: 0, cacheRead: 0, output: 0 };

test.each([
  ["claude-sonnet-4-5-20250929", 3],
  ["sonnet", 3],
  ["claude-haiku-4-5", 1],
  ["claude-3-5-haiku-20241022", 0.8],
  ["claude-3-haiku-20240307", 0.25],
  ["claude-opus-4-1-20250805", 15],
  ["us.anthropic.claude-opus-4-20250514-v1:0", 15],
  ["claude-opus-4-5-20251101", 5],
  ["claude-opus-5", 5],
  ["claude-fable-5-1", 10],
  ["claude-haiku-5-5", 0.1],
  ["claude-sonnet-5", 3],
  ["claude-sonnet-5-5", 2],
  ["claude-opus-5-5", 4],
  ["somebody-elses-model-7", 15],
])("a million tokens for %s cost %d dollars", (model, usd) => {
  expect(costOf(model, million)).toBeCloseTo(usd);
});

test("output, and what is written to the cache and read from it, have prices of their own", () => {
  expect(
    costOf("claude-sonnet-4-5", { input: 0, cacheWrite: 1_000_000, cacheRead: 0, output: 0 }),
  ).toBeCloseTo(3.75);
  expect(
    costOf("claude-sonnet-4-5", { input: 0, cacheWrite: 0, cacheRead: 1_000_000, output: 0 }),
  ).toBeCloseTo(0.3);
  expect(
    costOf("claude-sonnet-4-5", { input: 0, cacheWrite: 0, cacheRead: 0, output: 1_000_000 }),
  ).toBeCloseTo(15);
});

test("of a model that is cheaper to read again than a tenth the cache has that price", () => {
  const usage = { input: 0, cacheWrite: 1_000_000, cacheRead: 1_000_000, output: 0 };
  expect(costOf("claude-sonnet-5-5", usage)).toBeCloseTo(2.6);
  expect(costOf("claude-opus-5-5", usage)).toBeCloseTo(5.2);
});
