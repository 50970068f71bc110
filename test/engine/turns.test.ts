import { afterEach, expect, test } from "bun:test";
import type { AgentEvent } from "../../src/engine/agents/agent.ts";
import { Turns } from "../../src/engine/turns.ts";

/** When an agent that has not called complete() is at its end, turn by turn. */

const open: Turns[] = [];
afterEach(() => {
  for (const turns of open.splice(0)) turns.close();
});

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
const build: AgentEvent = { type: "background", id: "b", what: "make all" };
const built: AgentEvent = { ...build, what: null };

/** Turns under bounds of milliseconds, what they have done, and the next that they will do. */
function turnsWithin(waits: { background: number; comeBack: number }) {
  const acts: string[] = [];
  let next = Promise.withResolvers<string>();
  const did = (act: string) => {
    acts.push(act);
    next.resolve(act);
    next = Promise.withResolvers();
    return true;
  };
  const hooks = { tell: did, onNotice: () => {}, finish: () => void did("finish") };
  const turns = new Turns(hooks, waits);
  open.push(turns);
  return { turns, acts, next: () => next.promise };
}

test("what runs in the background is waited for so long, and then its agent is told of it by name", async () => {
  const { turns, acts, next } = turnsWithin({ background: 10, comeBack: 60_000 });
  turns.heard(build);
  turns.heard(ended);
  expect(acts).toEqual([]);
  expect(await next()).toContain("What you started in the background has not ended (make all)");
  turns.heard(ended);
  expect(acts.slice(1)).toEqual(["finish"]);
  expect(turns.lastText).toBe("Waiting for the build.");
});

test("one that does not come back by itself when that has ended is told to go on", async () => {
  const { turns, next } = turnsWithin({ background: 60_000, comeBack: 10 });
  turns.heard(build);
  turns.heard(ended);
  turns.heard(built);
  const said = await next();
  expect(said).toStartWith("You stopped without calling complete()");
  expect(said).not.toContain("in the background");
});

const beside: readonly AgentEvent[] = [
  { type: "windows", windows: [] },
  { type: "retrying", status: 529, attempt: 1, delayMs: 1, message: "overloaded" },
  { type: "returned", id: "t", failed: false },
];

test.each(beside)("what is heard between two turns ends no wait for the next: $type", async (event) => {
  const waits = turnsWithin({ background: 10, comeBack: 60_000 });
  for (const heard of [build, ended, event]) waits.turns.heard(heard);
  expect(await waits.next()).toContain("(make all)");
  const comesBack = turnsWithin({ background: 60_000, comeBack: 10 });
  for (const heard of [build, ended, event, built, event]) comesBack.turns.heard(heard);
  expect(await comesBack.next()).toStartWith("You stopped without calling complete()");
});

test("one that comes back is not told", () => {
  const { turns, acts } = turnsWithin({ background: 60_000, comeBack: 60_000 });
  turns.heard(build);
  turns.heard(ended);
  turns.heard(built);
  turns.heard({ type: "said", text: "It is built." });
  turns.completed();
  turns.heard({ ...ended, unasked: true });
  expect(acts).toEqual(["finish"]);
});
