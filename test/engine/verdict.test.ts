import { describe, expect, test } from "bun:test";
import { apiTroubleOf } from "../../src/engine/agents/api-trouble.ts";
import { verdictOf, type Ended, type Evidence } from "../../src/engine/verdict.ts";

const ended: Ended = {
  type: "ended",
  ok: true,
  text: "The answer.",
  reason: "done",
  trouble: null,
  byHook: false,
  unasked: false,
  usd: 0.5,
  estimated: false,
  inputTokens: 10,
  cachedTokens: 0,
  outputTokens: 2,
  turns: 1,
  denials: [],
  sessionId: null,
};
const failed: Ended = { ...ended, ok: false, reason: "error", text: "It broke." };
const refused = (status: number | null, text = "", category: string | null = null): Ended => ({
  ...failed,
  reason: "api_error",
  text,
  trouble: apiTroubleOf({ status, category, text }),
});
const evidence: Evidence = {
  completed: false,
  stopped: false,
  connected: true,
  kept: null,
  began: true,
  resumed: false,
  refused: null,
  silent: null,
  usedUp: null,
  late: null,
  ended,
  shared: false,
  lastText: "",
  isCutShort: false,
  lastWords: "",
  exit: { code: 0, signal: null, tail: "", isCutOff: false },
};
const crash = { code: 7, signal: null, tail: "out of cheese", isCutOff: false };

function judged(some: Partial<Evidence>): unknown {
  return verdictOf({ ...evidence, ...some }, { label: "The agent", logIn: "Log in" });
}

describe("an attempt", () => {
  test("that handed its result in is done, however its process ended", () => {
    for (const exit of [evidence.exit, crash, { code: null, signal: "SIGKILL", tail: "", isCutOff: false }])
      for (const stopped of [false, true])
        expect(judged({ completed: true, stopped, exit, ended: null })).toEqual({ kind: "done" });
  });

  test("that the engine ended is stopped, whatever it said last", () => {
    expect(judged({ stopped: true })).toEqual({ kind: "stopped" });
    expect(judged({ stopped: true, connected: false, ended: refused(401) })).toEqual({ kind: "stopped" });
  });

  test("that settings kept cord's tools from halts the run, before all else that it lacked", () => {
    const kept = "its project's settings deny mcp__cord";
    expect(judged({ kept, connected: false })).toEqual({ kind: "halted", reason: kept });
  });

  test("that gave no sign of life says so, and may go on in its session", () => {
    expect(judged({ silent: "it was silent", ended: null, exit: crash })).toEqual({
      kind: "silent",
      reason: "it was silent",
    });
  });

  test("that had said all when it fell silent is told to hand in, and then its text counts", () => {
    const silent = "it gave no sign of life for 10 min";
    const said = { silent, ended: null, lastWords: "The answer." };
    expect(judged(said)).toEqual({ kind: "silent", reason: silent });
    expect(judged({ ...said, resumed: true })).toEqual({ kind: "handIn", text: "The answer." });
    expect(judged({ ...said, resumed: true, lastText: "In its turn." })).toEqual({
      kind: "handIn",
      text: "In its turn.",
    });
    expect(judged({ ...said, resumed: true, lastWords: "" })).toEqual({ kind: "silent", reason: silent });
  });

  test("without complete() hands in its last text, however its process ended", () => {
    for (const some of [
      {},
      { ended: failed, exit: crash },
      { ended: { ...failed, reason: "budget" as const } },
    ])
      expect(judged({ lastText: "The answer.", ...some })).toEqual({ kind: "handIn", text: "The answer." });
  });

  test("without complete() and without a last text has failed", () => {
    expect(judged({ ended: { ...ended, text: " \n" } })).toMatchObject({ kind: "failed", final: false });
    expect(judged({ ended: { ...ended, text: "", byHook: true } })).toMatchObject({
      reason: "a hook stopped it before it called complete(), and it had said nothing",
    });
  });

  test("whose prompt did not come through has failed for good, with what stood in its way and without the prompt", () => {
    const text = `Blocked by hook:\n[check]: no prompts here\n\n\nOriginal prompt: ${"x".repeat(9_999)}`;
    expect(judged({ ended: { ...failed, reason: "blocked", text, turns: 0 } })).toEqual({
      kind: "failed",
      final: true,
      reason: "The agent did not let the prompt through: Blocked by hook: [check]: no prompts here",
    });
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

  test.each([408, 429, 500, 502, 529])("that the API has no answer for now (%i) goes on later", (status) => {
    for (const lastText of ["", "Half of it."])
      expect(judged({ ended: refused(status), lastText })).toMatchObject({ kind: "busy" });
  });

  test("whose account is used up is limited, whatever it had said, until all that is used up is open again", () => {
    const window = {
      name: "five_hour",
      status: "rejected" as const,
      utilization: 1,
      resets_at: "2026-11-26T16:51:00.000Z",
    };
    const parked = { reason: "the 5-hour window is used up", until: window.resets_at };
    const limited = { kind: "limited", parked, isHeard: true };
    const words = refused(429, "You've hit your 5-hour limit · resets 4:51pm (UTC)", "rate_limit");
    for (const lastText of ["", "Half of it."]) {
      expect(judged({ usedUp: [window], ended: words, lastText })).toEqual(limited);
      expect(judged({ usedUp: [window], ended: refused(429), lastText })).toEqual(limited);
      expect(judged({ usedUp: [window], ended: null, lastText, exit: crash })).toEqual(limited);
    }
    expect(judged({ usedUp: [window], ended: null, silent: "it was silent" })).toEqual(limited);
    // an older one says it in words alone, and nobody knows until when
    expect(judged({ ended: words })).toEqual({
      kind: "limited",
      parked: { reason: "the account's allowance is used up", until: null },
      isHeard: true,
    });
    // what it met later is another thing
    expect(judged({ usedUp: [window], ended: refused(401) })).toMatchObject({ kind: "halted" });
    expect(judged({ usedUp: [window], ended })).toMatchObject({ kind: "failed" });
  });

  test("whose connection failed, or was cut, goes on later", () => {
    for (const text of [
      "API Error: Unable to connect to API (ConnectionRefused)",
      "API Error: Connection to the API was lost (ECONNRESET). This is usually temporary — try again.",
      "API Error: API returned an empty or malformed response (HTTP 200)",
    ])
      expect(judged({ ended: refused(null, text, "server_error"), exit: crash })).toMatchObject({
        kind: "busy",
        trouble: { kind: "passes" },
      });
  });

  test.each([
    [401, "Invalid API key · Fix external API key", /not authenticated \(401\): Invalid API key/],
    [403, "", /not authenticated \(403\)\. Log in/],
    [
      402,
      "API Error: 402 There is an issue with your billing.",
      /account: There is an issue with your billing\. /,
    ],
    [400, "Credit balance is too low", /account: Credit balance is too low\. Fix that .*cord run --resume/],
    [400, "Your ANTHROPIC_API_KEY belongs to a disabled organization · Update it", /disabled organization/],
  ])("whose account is not served (%i %s) halts the run, with the API's sentence", (status, text, reason) => {
    const halted = { kind: "halted", reason: expect.stringMatching(reason) };
    expect(judged({ ended: refused(status, text) })).toMatchObject(halted);
    const early = { refused: apiTroubleOf({ status, category: null, text }), ended: null, exit: crash };
    expect(judged(early)).toMatchObject(halted);
  });

  test.each([
    [
      404,
      "There's an issue with the selected model (x). It may not exist. Run --model to pick a different model.",
    ],
    [413, "Request too large (max 32MB). Try with a smaller file."],
    [400, "Prompt is too long · the request is ~250000 tokens (limit 200000)"],
    [null, "API Error: The model has reached its context window limit."],
    [400, "API Error: 400 Output blocked by content filtering policy"],
    [
      null,
      "API Error: Claude Code is unable to respond to this request, which appears to violate our Usage Policy.",
    ],
  ])("whose request cannot be answered (%p %s) has failed for good", (status, text) => {
    expect(judged({ ended: refused(status, text) })).toMatchObject({ kind: "failed", final: true });
  });

  test("whose earlier session had grown too long is started anew", () => {
    const long = refused(400, "Prompt is too long");
    expect(judged({ ended: long, resumed: true })).toMatchObject({ kind: "again" });
  });

  test("that used up its share of what the run had left names the run's budget", () => {
    const budget = { ...failed, reason: "budget" as const };
    expect(judged({ shared: true, ended: budget })).toEqual({
      kind: "failed",
      reason:
        "it used up its share of the run's total budget ($0.50). Give the run more with --total-budget.",
      final: true,
      limit: "total budget",
    });
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
    expect(
      judged({ ended: null, exit: { code: null, signal: "SIGSEGV", tail: "", isCutOff: false } }),
    ).toMatchObject({
      reason: "The agent was ended by SIGSEGV and said nothing",
    });
  });

  test("that another API error ended has failed, and may be tried again", () => {
    expect(judged({ ended: refused(400), exit: crash })).toMatchObject({ kind: "failed", final: false });
    const unparsed = "API Error: The model's tool call could not be parsed (retry also failed).";
    expect(judged({ ended: refused(null, unparsed) })).toMatchObject({ kind: "failed", final: false });
    const tooMuch = "API Error: Claude's response exceeded the 64000 output token maximum.";
    expect(judged({ ended: refused(null, tooMuch, "max_output_tokens") })).toEqual({
      kind: "failed",
      reason: "Claude's response exceeded the 64000 output token maximum.",
      final: false,
    });
  });
});
