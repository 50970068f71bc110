import { expect, test } from "bun:test";
import type { AgentEvent } from "../../src/engine/agents/agent.ts";
import { Cost } from "../../src/engine/cost.ts";
import { Hearing } from "../../src/engine/hearing.ts";

/** What an agent tells, and the bounds of its silence. */

const ended: AgentEvent = {
  type: "ended",
  ok: true,
  text: "Waiting for the build.",
  reason: "done",
  trouble: null,
  byHook: false,
  unasked: false,
  turns: 1,
  denials: [],
  sessionId: null,
  usd: 0,
  estimated: false,
  inputTokens: 1,
  cachedTokens: 0,
  outputTokens: 1,
};

const nothing = () => {};

test("an agent that begins a turn by itself, and then gives no sign of life, is ended as any other", async () => {
  const over = Promise.withResolvers<void>();
  const hearing = new Hearing({ first: 60_000, stall: 20, shown: 10 }, new Cost(null), {
    onProgress: nothing,
    onAnswer: nothing,
    onWindows: nothing,
    onComplete: nothing,
    end: over.resolve,
  });
  for (const event of [{ type: "message" }, ended, { type: "message" }] as const) {
    hearing.line();
    hearing.hear(event);
  }
  await over.promise;
  expect(hearing.evidence.silent).toBe("it gave no sign of life for 0 s");
});
