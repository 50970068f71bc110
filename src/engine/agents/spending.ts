import { knownIf } from "../../core/counted.ts";
import { costOf } from "./claude/prices.ts";

/** What an attempt has spent so far. estimated: some of usd is counted from tokens and a price list. inputTokens holds the cached ones too. */
export interface Spent {
  usd: number;
  estimated: boolean;
  /** nothing was told of it, and no message counted */
  counted?: false;
  inputTokens: number;
  /** of these, what was read from the cache */
  cachedTokens: number;
  outputTokens: number;
}

/** Of an agent that has told nothing yet. */
export const nothingSpent: Spent = {
  usd: 0,
  estimated: false,
  counted: false,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
};

export function plus(one: Spent, other: Spent): Spent {
  return {
    usd: one.usd + other.usd,
    estimated: one.estimated || other.estimated,
    ...knownIf(one.counted !== false || other.counted !== false),
    inputTokens: one.inputTokens + other.inputTokens,
    cachedTokens: one.cachedTokens + other.cachedTokens,
    outputTokens: one.outputTokens + other.outputTokens,
  };
}

export function minus(one: Spent, other: Spent): Spent {
  return {
    usd: one.usd - other.usd,
    estimated: one.estimated,
    ...knownIf(one.counted !== false),
    inputTokens: one.inputTokens - other.inputTokens,
    cachedTokens: one.cachedTokens - other.cachedTokens,
    outputTokens: one.outputTokens - other.outputTokens,
  };
}

/** A line of a message: its usage as it is known by then, and the length of what the line holds of it. */
interface Counted {
  id: string;
  model: string | null;
  usage: {
    input_tokens: number;
    cache_creation_input_tokens: number;
    cache_read_input_tokens: number;
    output_tokens: number;
  };
  length: number;
}

/** What a program says of all that its process has spent; null where it does not. */
export interface Told {
  usd: number | null;
  tokens: { input: number; cached: number; output: number } | null;
}

interface Message extends Omit<Counted, "id"> {
  usd: number;
  /** its usage is that of the whole message */
  isWhole: boolean;
}

/**
 * The cost of one process. Its program reports it at the end of a turn; until then it is estimated from the usage in
 * each message. While a message is being written, its usage counts only a token or two of output, so its content is
 * counted by length; the real number comes when it is complete.
 */
export class Spending {
  #told: Spent = nothingSpent;
  /** by id, since one message comes as several lines */
  readonly #since = new Map<string, Message>();

  get spent(): Spent {
    const { counted, ...told } = this.#told;
    const spent: Spent = { ...told, ...knownIf(counted !== false || this.#since.size > 0) };
    for (const { usage, usd } of this.#since.values()) {
      spent.usd += usd;
      spent.estimated ||= usd > 0;
      spent.inputTokens +=
        usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
      spent.cachedTokens += usage.cache_read_input_tokens;
      spent.outputTokens += usage.output_tokens;
    }
    return spent;
  }

  /** Whether a message has begun, or its usage has changed; what only makes it longer is told with the next one. */
  count({ id, model, usage, length }: Counted): boolean {
    const before = this.#since.get(id);
    const output_tokens = Math.max(usage.output_tokens, before?.usage.output_tokens ?? 0);
    const counted = { ...usage, output_tokens };
    this.#put(id, {
      model,
      usage: counted,
      length: length + (before?.length ?? 0),
      isWhole: before?.isWhole ?? false,
    });
    return before === undefined || JSON.stringify(before.usage) !== JSON.stringify(counted);
  }

  /** A message is written, and this is its output. Whether that is more than was known. */
  finish(id: string, output_tokens: number): boolean {
    const before = this.#since.get(id);
    if (!before || output_tokens <= before.usage.output_tokens) return false;
    this.#put(id, { ...before, usage: { ...before.usage, output_tokens }, isWhole: true });
    return true;
  }

  #put(id: string, message: Omit<Message, "usd">): void {
    this.#since.set(id, { ...message, usd: estimate(message) });
  }

  /** What the program has not told stays as it was counted. */
  tell({ usd, tokens }: Told): Spent {
    const counted = this.spent;
    this.#told = {
      usd: usd ?? counted.usd,
      estimated: usd === null && counted.estimated,
      ...knownIf(usd !== null || tokens !== null || counted.counted !== false),
      inputTokens: tokens?.input ?? counted.inputTokens,
      cachedTokens: tokens?.cached ?? counted.cachedTokens,
      outputTokens: tokens?.output ?? counted.outputTokens,
    };
    this.#since.clear();
    return this.#told;
  }
}

/** English text and JSON have about four characters a token; three are on the safe side. */
const charactersPerToken = 3;

/** What no tokens were read for was made by no model. */
function estimate({ model, usage, length, isWhole }: Omit<Message, "usd">): number {
  const inputs = {
    input: usage.input_tokens,
    cacheWrite: usage.cache_creation_input_tokens,
    cacheRead: usage.cache_read_input_tokens,
  };
  if (inputs.input + inputs.cacheWrite + inputs.cacheRead === 0) return 0;
  const written = isWhole ? 0 : Math.ceil(length / charactersPerToken);
  return costOf(model ?? "", { ...inputs, output: Math.max(usage.output_tokens, written) });
}
