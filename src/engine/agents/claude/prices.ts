/** What a model's tokens cost, in USD for a million of them. */
interface Price {
  input: number;
  output: number;
  /** where it is not the usual part of the input price */
  cacheRead?: number;
  cacheWrite?: number;
}

/** The tokens of one message, as the Messages API counts them: no token is in two of these. */
interface Usage {
  input: number;
  cacheWrite: number;
  cacheRead: number;
  output: number;
}

/**
 * List prices of the model families; the first that matches counts. Source:
 * https://platform.claude.com/docs/en/about-claude/pricing, as of 2026-11. Writing to the five-minute cache costs
 * 1.25 times the input price, reading from it a tenth. Where versions of a family differ, the dearest price stands
 * for those that are not named. The result is an estimate until the agent reports its cost: it ignores discounts,
 * surcharges for long prompts, and subscriptions. The 5-5 models cost what Claude Code 2.1.332 reports of them (seen).
 */
const prices: readonly (Price & { name: RegExp })[] = [
  { name: /haiku-5-5/, input: 0.1, output: 0.5, cacheRead: 0.05, cacheWrite: 0.625 },
  { name: /sonnet-5-5/, input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
  { name: /opus-5-5/, input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  { name: /haiku-3(?!-5)|3-haiku/, input: 0.25, output: 1.25 },
  { name: /haiku-3-5|3-5-haiku/, input: 0.8, output: 4 },
  { name: /haiku/, input: 1, output: 5 },
  { name: /sonnet/, input: 3, output: 15 },
  { name: /opus-(?:3|4(?:-[01])?)(?![-\d])|opus-4(?:-[01])?-20\d{6}|3-opus/, input: 15, output: 75 },
  { name: /opus/, input: 5, output: 25 },
  { name: /fable|mythos/, input: 10, output: 50 },
];

const writePart = 1.25;
const readPart = 0.1;

/** What a message has cost, about. A model that is not known costs as the dearest that is. */
export function costOf(model: string, usage: Usage): number {
  const price = prices.find(({ name }) => name.test(model.toLowerCase())) ?? dearest;
  const { input, output, cacheRead = input * readPart, cacheWrite = input * writePart } = price;
  const inputs = usage.input * input + usage.cacheWrite * cacheWrite + usage.cacheRead * cacheRead;
  return (inputs + usage.output * output) / 1_000_000;
}

const dearest = prices.reduce((max, price) => (price.input > max.input ? price : max));
