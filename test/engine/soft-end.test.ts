import { expect, test } from "bun:test";
import { SoftEnd } from "../../src/engine/soft-end.ts";
import type { WorkEnded } from "../../src/core/run-limits.ts";
import type { RunLimit } from "../../src/core/words.ts";
import { runOptions } from "../support/run-options.ts";

type Told = Parameters<SoftEnd["progress"]>[0];

/** One that works, with what it was told and why it was ended. */
function agent(node: { budget_usd?: number; budget_tokens?: number; phase?: "work" | "synthesis" } = {}) {
  const heard: string[] = [];
  const { budget_usd = null, budget_tokens = null, phase = "work" } = node;
  const told: Told = {
    node: { budget_usd, budget_tokens, brief: { phase } },
    tell: (text) => heard.push(text) > 0,
    exceed: (reason) => void heard.push(`ended: ${reason}`),
  };
  return { told, heard };
}

function softEnd(
  options: Partial<typeof runOptions>,
  working: Told[] = [],
  follows: WorkEnded | null = "synthesis",
) {
  const ended: RunLimit[] = [];
  const notices: string[] = [];
  const { promise: timeIsUp, resolve } = Promise.withResolvers<void>();
  const end = new SoftEnd({ ...runOptions, ...options }, 5, {
    attempts: () => working,
    onNotice: (text) => void notices.push(text),
    endWork: (limit) => Promise.resolve(ended.push(limit) > 0 ? follows : null),
    onTimeUp: resolve,
  });
  return { end, ended, notices, timeIsUp };
}

test("each agent is told once, by whichever limit comes first, and one that begins later is told as well", () => {
  const [first, later, synthesis] = [agent({ budget_usd: 1 }), agent(), agent({ phase: "synthesis" })];
  const { end, notices } = softEnd({ total_budget_usd: 10, total_tokens: 1000 }, [first.told]);
  end.progress(first.told, { usd: 0.79 });
  expect(first.heard).toEqual([]);
  end.progress(first.told, { usd: 0.8 });
  end.progress(first.told, { usd: 0.9 });
  end.spent({ usd: 8, tokens: 100 }, false);
  end.spent({ usd: 8.5, tokens: 800 }, false);
  expect(first.heard).toEqual([
    expect.stringMatching(/^You have spent \$0\.80 of the \$1\.00 that you may\. Come/),
  ]);
  expect(notices).toEqual([
    "The run has spent $8.00 of its $10.00.",
    "The run has spent 800 of its 1,000 tokens.",
  ]);
  for (const { told } of [later, synthesis]) end.progress(told, { pid: 4 });
  expect(later.heard).toEqual([expect.stringContaining("800 of its 1,000 tokens. Come to an end")]);
  expect(synthesis.heard).toEqual([]);
});

test("work is ended once when its tokens are used up", () => {
  const { end, ended } = softEnd({ total_tokens: 1000 });
  end.spent({ usd: 0, tokens: 899 }, false);
  end.spent({ usd: 0, tokens: 905 }, true);
  end.spent({ usd: 0, tokens: 910 }, true);
  expect(ended).toEqual(["total tokens"]);
});

test("where nothing is complete that a synthesis could be made of, whoever works is ended, also one that goes on later", async () => {
  const [working, synthesis] = [agent(), agent({ phase: "synthesis" })];
  const { end, ended, notices } = softEnd({ total_tokens: 1000 }, [working.told, synthesis.told], "nothing");
  const overTwice = [905, 910].map((tokens) => async () => {
    end.spent({ usd: 0, tokens }, true);
    await Promise.resolve();
  });
  for (const report of overTwice) await report();
  const why = "ended: the run's total of 1,000 tokens is used up. Give the run more with --total-tokens.";
  expect(working.heard.filter((text) => text === why)).toHaveLength(2);
  expect(synthesis.heard.join()).not.toContain("ended");
  expect(ended).toEqual(["total tokens", "total tokens"]);
  expect(notices.join()).not.toContain("put together");
});

test("a daemon that could not be told ends nobody's work, and is told with the next report", async () => {
  const { told, heard } = agent();
  const { end, ended } = softEnd({ total_tokens: 1000 }, [told], null);
  end.spent({ usd: 0, tokens: 905 }, true);
  await Promise.resolve();
  end.spent({ usd: 0, tokens: 910 }, true);
  expect(ended).toEqual(["total tokens", "total tokens"]);
  expect(heard.join()).not.toContain("ended");
});

test("a synthesis that uses up its share of the tokens is told, and then ended", () => {
  const { told, heard } = agent({ budget_tokens: 100, phase: "synthesis" });
  const { end } = softEnd({ total_tokens: 1000 });
  end.progress(told, { inputTokens: 70, outputTokens: 10 });
  end.progress(told, { inputTokens: 90, outputTokens: 15 });
  expect(heard).toEqual([
    expect.stringContaining("80 of the 100 tokens"),
    expect.stringMatching(/^ended: it used up its share of the run's total tokens \(105\)/),
  ]);
});

test("the run's time: a word before its end, then the synthesis within its reserve, and then nothing more", async () => {
  const { told, heard } = agent();
  const { end, ended, timeIsUp } = softEnd({ timeout_seconds: 0.02 }, [told]);
  end.start();
  await timeIsUp;
  expect(ended).toEqual(["time"]);
  expect(heard).toEqual([expect.stringContaining("have passed. Come to an end")]);
});

test("a run without anything to make a result of is cut off when its time is up", async () => {
  const { end, notices, timeIsUp } = softEnd({ timeout_seconds: 0.02 }, [], "nothing");
  end.start();
  await timeIsUp;
  expect(notices.some((text) => text.includes("put together"))).toBe(false);
});
