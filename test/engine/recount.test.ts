import { expect, test } from "bun:test";
import { recounted } from "../../src/engine/recount.ts";

const lost = {
  node_id: "#3",
  epoch: 2,
  agent: "claude",
  usd: 0.2,
  input_tokens: 200,
  cached_tokens: 20,
  output_tokens: 2,
};
const step = (count: number) => ({
  usd: count / 10,
  estimated: true,
  inputTokens: count * 100,
  cachedTokens: count * 10,
  outputTokens: count,
});

test("what a lost agent's messages cost after its engine's last report is added to what that told", () => {
  expect(recounted(lost, [step(1), step(2), step(3), step(4)])).toEqual({
    node_id: "#3",
    epoch: 2,
    usd: expect.closeTo(0.4),
    estimated: true,
    input_tokens: 400,
    cached_tokens: 40,
    output_tokens: 4,
  });
  const untold = { ...lost, usd: 0, input_tokens: 0, cached_tokens: 0, output_tokens: 0 };
  expect(recounted(untold, [step(1)])).toMatchObject({ usd: 0.1, input_tokens: 100 });
});

test("what was told already is not counted again, and what cannot be read is nothing more", () => {
  expect(recounted(lost, [step(1), step(2)])).toBeNull();
  expect(recounted(lost, [step(1)])).toBeNull();
  expect(recounted(lost, [])).toBeNull();
});
