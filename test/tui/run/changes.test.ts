import { expect, test } from "bun:test";
import { changeLines, Notices, stamp } from "../../../src/tui/run/changes.ts";
import type { NodeView } from "../../../src/tui/run/node-view.ts";
import { at, nodeView } from "../../support/terminal/views.ts";

const pending = nodeView(4, { goal: "Deep analysis", needs: [2, 3] });
const active = { ...pending, status: "active" as const, running_since: at(1000) };

test("a new node is told with what it needs", () => {
  expect(changeLines(undefined, pending)).toEqual(["#4 pending  Deep analysis  (needs #2, #3)"]);
});

test("each state is told in one line", () => {
  expect(changeLines(pending, active)).toEqual(["#4 active  Deep analysis"]);
  expect(changeLines(active, { ...active, status: "complete", worked_ms: 12_000, usd: 0.12 })).toEqual([
    "#4 complete  12s $0.12",
  ]);
  expect(changeLines(active, { ...active, status: "failed", reason: "it\nbroke" })).toEqual([
    "#4 failed  it broke",
  ]);
  expect(changeLines(active, { ...active, status: "cancelled", reason: "needs #2" })).toEqual([
    "#4 cancelled  needs #2",
  ]);
  expect(changeLines(active, { ...active, status: "waiting" })).toEqual(["#4 waiting  Deep analysis"]);
  expect(changeLines(active, { ...active, status: "paused" })).toEqual([
    "#4 paused  Deep analysis  (cord resume 4)",
  ]);
});

test("synthesis is told when it starts, and not when it could", () => {
  const waiting = { ...active, status: "waiting" as const };
  const ready = { ...pending, phase: "synthesis" as const };
  expect(changeLines(waiting, ready)).toEqual([]);
  expect(changeLines(ready, { ...active, phase: "synthesis" })).toEqual([
    "#4 active  synthesis: Deep analysis",
  ]);
});

test("nothing is told of what an agent is doing, nor when nothing changed", () => {
  expect(changeLines(active, { ...active, activity: "Bash: ls", usd: 1 })).toEqual([]);
});

test("what holds a node up is told once", () => {
  const limited = { ...active, notice: "rate limited, retry 2 of 10 in 8s" };
  expect(changeLines(active, limited)).toEqual(["#4 active  rate limited, retry 2 of 10 in 8s"]);
  expect(changeLines(limited, { ...limited })).toEqual([]);
  expect(changeLines(limited, active)).toEqual([]);
});

test("a new goal is told", () => {
  expect(changeLines(pending, { ...pending, goal: "Another" })).toEqual(["#4 modified  Another"]);
});

test("a question is told with its options and how to answer it, and its answer as an end", () => {
  const question = { text: "Which region?", options: ["EU", "US"], default: "EU", target: "human" as const };
  const ask = nodeView(7, { type: "ASK", goal: "Which region?", status: "active", question });
  expect(changeLines(undefined, ask)).toEqual([
    "#7 asks  Which region?  (options: EU | US; default: EU; cord answer 7 TEXT)",
  ]);
  expect(changeLines(ask, { ...ask, status: "complete" })).toEqual(["#7 complete"]);
});

test("no control byte passes, and a line has an end", () => {
  const evil = nodeView(2, { status: "failed", reason: "\x1b]0;x\x07\u202e" + "long ".repeat(1000) });
  const [line = ""] = changeLines(undefined, evil);
  expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(line.length).toBe(400);
});

test("a line is stamped with the time of day, the time worked and the cost, in columns that are easy to take apart", () => {
  const at = new Date(2026, 4, 1, 9, 5, 0).getTime();
  expect(stamp({ now: at, worked_ms: 134_000, usd: 0.84, estimated: true, uncounted: 0 })).toBe(
    "09:05:00 2m14s ~$0.84  ",
  );
});

test("the end of a node says which try it was, and what is to be known of its result", () => {
  const spent = { status: "complete" as const, worked_ms: 12_000, usd: 0.12, estimated: true, tries: 2 };
  const reason = "no complete(); its last text";
  expect(changeLines(active, { ...active, ...spent, reason })).toEqual([
    "#4 complete  12s ~$0.12  2nd try  no complete(); its last text",
  ]);
});

test("a try that came to nothing is told with its reason, and the next one is counted", () => {
  const again = { ...pending, tries: 1, reason: "it exited with 7" };
  expect(changeLines(active, { ...again, reason: "interrupted" })).toEqual(["#4 pending  interrupted"]);
  expect(changeLines({ ...active, tries: 1 }, again)).toEqual(["#4 pending  again: it exited with 7"]);
  const claimed = { ...again, status: "active" as const };
  expect(changeLines(again, claimed)).toEqual(["#4 active  Deep analysis"]);
  expect(changeLines(claimed, { ...claimed, tries: 2 })).toEqual(["#4 active  2nd try"]);
  expect(changeLines({ ...claimed, phase: "synthesis" }, { ...again, phase: "synthesis" })).toEqual([
    "#4 pending  again: it exited with 7",
  ]);
});

test("a log has each notice once, however many rounds of an outage it comes back in, until the node runs anew", () => {
  const notices = new Notices();
  const seen: string[] = [];
  let before: NodeView | undefined = active;
  const change = (some: Partial<NodeView>) => {
    const after: NodeView = { ...active, ...some };
    seen.push(...changeLines(before, notices.unlessTold(before, after)));
    before = after;
  };
  change({ notice: "the API is overloaded, retry 1 in 1s" });
  change({ notice: "the API is overloaded, retry 2 in 2s" });
  change({ notice: "the API answers 529, trying again in 10s" });
  change({ notice: null });
  change({ notice: "the API is overloaded, retry 1 in 2s" });
  change({ notice: "the API answers 529, trying again in 20s" });
  change({ notice: "has said nothing for 30 s" });
  change({ notice: "has said nothing for 45 s" });
  expect(seen).toEqual([
    "#4 active  the API is overloaded, retry 1 in 1s",
    "#4 active  the API is overloaded, retry 2 in 2s",
    "#4 active  the API answers 529, trying again in 10s",
    "#4 active  has said nothing for 30 s",
    "#4 active  has said nothing for 45 s",
  ]);
  change({ status: "paused" });
  change({ notice: "the API is overloaded, retry 1 in 1s" });
  expect(seen.at(-1)).toBe("#4 active  the API is overloaded, retry 1 in 1s");
});
