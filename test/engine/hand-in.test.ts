import { expect, test } from "bun:test";
import type { AgentEvent } from "../../src/engine/agents/agent.ts";
import { HandIn } from "../../src/engine/hand-in.ts";

/** Which calls count with a result: those of its message, and of the next where one of them was refused. */

const message: AgentEvent = { type: "message" };
const written: AgentEvent = { type: "written" };
const used = (id: string, tool: string): AgentEvent => ({
  type: "used",
  id,
  tool: `cord ${tool}`,
  detail: "",
});
const back = (id: string, failed = false): AgentEvent => ({ type: "returned", id, failed });
const refusedBeside = [
  message,
  used("a", "create"),
  used("b", "complete"),
  written,
  back("a", true),
  back("b"),
];

/** After which of the events it was over, and whether it was open at the end. */
function heard(events: readonly AgentEvent[]): { over: number[]; isOpen: boolean } {
  const over: number[] = [];
  let index = 0;
  const handIn = new HandIn(() => over.push(index));
  for (; index < events.length; index += 1) {
    const event = events[index];
    if (event) handIn.heard(event);
  }
  return { over, isOpen: handIn.isOpen };
}

test("a result is handed in when its message is written and its calls are back", () => {
  const events = [message, used("a", "complete"), used("b", "create"), back("a"), written, back("b")];
  expect(heard(events)).toEqual({ over: [5], isOpen: false });
});

test("a call that was refused beside complete() may be fixed in the next message", () => {
  expect(heard(refusedBeside)).toEqual({ over: [], isOpen: true });
  const fixed = [...refusedBeside, message, used("c", "create")];
  expect(heard(fixed)).toEqual({ over: [], isOpen: true });
  expect(heard([...fixed, written, back("c")])).toEqual({ over: [9], isOpen: false });
});

test("one that is not fixed keeps no result back: not past the next message, nor the turn, nor for ever", () => {
  expect(heard([...refusedBeside, message, written]).over).toEqual([7]);
  const ended = { type: "ended", ok: true, text: "" } as const;
  const turn: AgentEvent = {
    ...ended,
    reason: "done",
    trouble: null,
    byHook: false,
    unasked: false,
    turns: 1,
    denials: [],
    sessionId: null,
    usd: 0,
    estimated: false,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
  };
  expect(heard([...refusedBeside, turn]).over).toEqual([6]);
  const again = [message, used("c", "create"), written, back("c", true)];
  const stubborn = heard([...refusedBeside, ...again, ...again, ...again, ...again]);
  expect(stubborn).toEqual({ over: [17], isOpen: false });
});

test("what was refused in an earlier message, or is none of cord's, keeps no result back", () => {
  const earlier = [message, used("a", "create"), written, back("a", true)];
  expect(heard([...earlier, message, used("b", "complete"), written, back("b")]).over).toEqual([7]);
  const bash: AgentEvent = { type: "used", id: "a", tool: "Bash", detail: "" };
  expect(heard([message, bash, used("b", "complete"), written, back("b"), back("a", true)]).over).toEqual([
    5,
  ]);
});
