import { describe, expect, test } from "bun:test";
import { verdictOf, type Ended, type Evidence } from "../../src/engine/verdict.ts";

const ended: Ended = {
  type: "ended",
  ok: true,
  text: "The answer.",
  reason: "done",
  apiStatus: null,
  usd: 0.5,
  inputTokens: 10,
  outputTokens: 2,
  turns: 1,
  denials: [],
  sessionId: null,
};
const failed: Ended = { ...ended, ok: false, reason: "error", text: "It broke." };
const refused = (apiStatus: number): Ended => ({ ...failed, reason: "api_error", apiStatus });
const evidence: Evidence = {
  completed: false,
  stopped: false,
  connected: true,
  began: true,
  resumed: false,
  refusedStatus: null,
  silent: null,
  ended,
  exit: { code: 0, signal: null, tail: "" },
};
const crash = { code: 7, signal: null, tail: "out of cheese" };

function judged(some: Partial<Evidence>): unknown {
  return verdictOf({ ...evidence, ...some }, "The agent");
}

describe("an attempt", () => {
  test("that handed its result in is done, however its process ended", () => {
    for (const exit of [evidence.exit, crash, { code: null, signal: "SIGKILL", tail: "" }])
      for (const stopped of [false, true])
        expect(judged({ completed: true, stopped, exit, ended: null })).toEqual({ kind: "done" });
  });

  test("that the engine ended is stopped, whatever it said last", () => {
    expect(judged({ stopped: true })).toEqual({ kind: "stopped" });
    expect(judged({ stopped: true, connected: false, ended: refused(401) })).toEqual({ kind: "stopped" });
  });

  test("that gave no sign of life says so, and may go on in its session", () => {
    expect(judged({ silent: "it was silent", ended: null, exit: crash })).toEqual({
      kind: "silent",
      reason: "it was silent",
    });
  });

  test("without complete() hands in its final text", () => {
    expect(judged({})).toEqual({ kind: "handIn", text: "The answer." });
  });

  test("without complete() and without a final text has failed", () => {
    expect(judged({ ended: { ...ended, text: " \n" } })).toMatchObject({ kind: "failed", final: false });
  });

  test("whose tools were not there, or whose session is gone, is started again", () => {
    expect(judged({ connected: false, ended: null, exit: crash })).toMatchObject({ kind: "again" });
    expect(judged({ began: false, connected: null, resumed: true, ended: failed })).toMatchObject({
      kind: "again",
    });
    expect(judged({ began: false, connected: null, resumed: false, ended: failed })).toMatchObject({
      kind: "failed",
    });
  });

  test.each([429, 529])("that the API has no room for (%i) goes on later", (status) => {
    expect(judged({ ended: refused(status) })).toEqual({ kind: "limited", status });
  });

  test.each([401, 403])("whose key is not valid (%i) halts the run", (status) => {
    expect(judged({ ended: refused(status) })).toMatchObject({ kind: "halted" });
    expect(judged({ refusedStatus: status, ended: null, exit: crash })).toMatchObject({ kind: "halted" });
  });

  test("that used up its budget has failed for good, by a limit", () => {
    expect(judged({ ended: { ...failed, reason: "budget" } })).toMatchObject({
      kind: "failed",
      final: true,
      limit: "budget",
      reason: "it used up its budget ($0.50). Give one agent more with --budget.",
    });
  });

  test("that exits with an error has failed, with its last words", () => {
    expect(judged({ ended: null, exit: crash })).toEqual({
      kind: "failed",
      final: false,
      reason: "The agent exited with code 7: out of cheese",
    });
    expect(judged({ ended: failed, exit: { ...crash, tail: "" } })).toMatchObject({
      reason: "The agent exited with code 7: It broke.",
    });
    expect(judged({ ended: null, exit: { code: null, signal: "SIGSEGV", tail: "" } })).toMatchObject({
      reason: "The agent was ended by SIGSEGV and said nothing",
    });
  });

  test("that another API error ended has failed, and may be tried again", () => {
    expect(judged({ ended: refused(500), exit: crash })).toMatchObject({ kind: "failed", final: false });
  });
});
