import { describe, expect, test } from "bun:test";
import { Spending } from "../../../src/engine/agents/spending.ts";
import { streamJsonReader } from "../../../src/engine/agents/stream-json.ts";
import { Cost } from "../../../src/engine/cost.ts";

const million = 1_000_000;
const usage = (input_tokens: number, output_tokens = 1) => ({
  input_tokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens,
});
const message = (id: string, input: number, length = 0) => ({
  id,
  model: "claude-sonnet-4-5",
  usage: usage(input),
  length,
});

describe("what a process has spent", () => {
  test("is an estimate from the first message on, each counted once, until the program says it", () => {
    const spending = new Spending();
    expect(spending.spent).toEqual({
      usd: 0,
      estimated: false,
      counted: false,
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
    });
    expect(spending.count(message("a", million))).toBe(true);
    expect(spending.count(message("a", million))).toBe(false);
    spending.count(message("b", million));
    expect(spending.spent.counted).toBeUndefined();
    expect(spending.spent).toMatchObject({
      estimated: true,
      inputTokens: 2 * million,
      cachedTokens: 0,
      outputTokens: 2,
    });
    expect(spending.spent.usd).toBeCloseTo(6, 3);
    expect(spending.tell({ usd: 5, tokens: { input: 7, cached: 0, output: 8 } })).toEqual({
      usd: 5,
      estimated: false,
      inputTokens: 7,
      cachedTokens: 0,
      outputTokens: 8,
    });
    spending.count(message("c", million));
    expect(spending.spent.usd).toBeCloseTo(8, 3);
    expect(spending.spent.estimated).toBe(true);
  });

  test("stays an estimate when the program does not say it", () => {
    const spending = new Spending();
    spending.count(message("a", million));
    expect(spending.tell({ usd: null, tokens: null })).toMatchObject({
      estimated: true,
      inputTokens: million,
      cachedTokens: 0,
    });
  });

  test("counts what a message holds, since its usage is told as it was when it began", () => {
    const spending = new Spending();
    spending.count(message("a", 1, 300_000));
    spending.count(message("a", 1, 300_000));
    expect(spending.spent.usd).toBeCloseTo(0.2 * 15, 3);
    expect(spending.finish("a", 100_000)).toBe(true);
    expect(spending.spent).toMatchObject({ outputTokens: 100_000 });
    expect(spending.spent.usd).toBeCloseTo(0.1 * 15, 3);
    expect(spending.finish("a", 100_000)).toBe(false);
  });

  test("is nothing where no model was asked, as in a rehearsal", () => {
    const spending = new Spending();
    spending.count({ id: "a", model: null, usage: usage(0, 0), length: 5000 });
    expect(spending.spent).toMatchObject({ usd: 0, estimated: false });
  });
});

test("the cost of an attempt is that of all its starts, and each has what the others left of its budget", () => {
  const cost = new Cost();
  cost.begin(false);
  expect(cost.leftOf(2)).toBe(2);
  cost.spend({ usd: 0.5, estimated: true, inputTokens: 1, cachedTokens: 0, outputTokens: 1 });
  cost.begin(true);
  expect(
    cost.spend({ usd: 0.25, estimated: false, inputTokens: 1, cachedTokens: 0, outputTokens: 1 }),
  ).toEqual({
    usd: 0.75,
    estimated: true,
    inputTokens: 2,
    cachedTokens: 0,
    outputTokens: 2,
  });
  cost.begin(true);
  expect(cost.leftOf(2)).toBe(1.25);
  expect(cost.leftOf(0.5)).toBe(0.01);
  expect(cost.leftOf(null)).toBeNull();
});

const told = (usd: number, inputTokens: number) => ({
  usd,
  estimated: false,
  inputTokens,
  cachedTokens: 0,
  outputTokens: 0,
});

test("of what a program tells again of its session, which does not know what was spent when it was killed, no more is taken off", () => {
  const cost = () => {
    const cost = new Cost({ usd: 1, input_tokens: 1000, cached_tokens: 0, output_tokens: 0 });
    cost.begin(true);
    cost.spend(told(0.5, 500));
    return cost;
  };
  expect(cost().tell(told(1.2, 1200))).toMatchObject({ usd: expect.closeTo(0.5), inputTokens: 500 });
  expect(cost().tell(told(0.8, 800))).toMatchObject({ usd: expect.closeTo(0.5), inputTokens: 500 });
});

test("what a program tells again of its session's earlier starts is counted once", () => {
  const cost = new Cost({ usd: 1, input_tokens: 1000, cached_tokens: 0, output_tokens: 0 });
  cost.begin(true);
  cost.spend(told(0.5, 500));
  expect(cost.tell(told(1.5, 1510))).toMatchObject({ usd: 0.5, inputTokens: 510 });
  expect(cost.tell(told(1.75, 1710))).toMatchObject({ usd: 0.75, inputTokens: 710 });
  cost.begin(true);
  cost.spend(told(0.25, 250));
  expect(cost.tell(told(0.25, 260))).toMatchObject({ usd: 1, inputTokens: 970 });
  cost.begin(false);
  cost.spend(told(2, 10));
  expect(cost.tell(told(2, 5000))).toMatchObject({ usd: 3 });
});

const lineOf = (id: string, content: object) =>
  JSON.stringify({
    type: "assistant",
    message: { id, model: "claude-opus-4-5", content: [content], usage: usage(200_000) },
  });

test("the output of Claude Code tells the cost live, a message's whole length with the next one", () => {
  const read = streamJsonReader();
  const lines = [
    lineOf("m", { type: "text", text: "x" }),
    lineOf("m", { type: "text", text: "y".repeat(3000) }),
    lineOf("n", { type: "text", text: "x" }),
  ];
  const spent = lines.flatMap((line) => read(line)).filter((event) => event.type === "spent");
  expect(spent).toMatchObject([
    { estimated: true, inputTokens: 200_000 },
    { estimated: true, inputTokens: 400_000 },
  ]);
  expect(spent.map(({ usd }) => usd.toFixed(3))).toEqual(["1.000", "2.025"]);
});
