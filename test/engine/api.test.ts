import { afterEach, expect, test } from "bun:test";
import { apiError, call, say, type Turn } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { unified } from "../support/claude/subscription.ts";
import { endStarted, world } from "../support/engine/engine-world.ts";

/** Trouble with the API: what passes is waited out, what cannot pass is not tried again, what a person can fix halts the run. */

afterEach(endStarted);

const refusal = (status: number, type: string, message: string): Reply => ({
  error: { status, type, message },
});

/** Completes, and says a last word. */
const completes = ({ lastResults }: Turn, result: string): Reply =>
  lastResults.some(({ text }) => text.includes('"completed"')) ? say("Done.") : call("complete", { result });

/** A node that has done something, and then meets the reply so often; then it completes. */
async function metBy(reply: Reply, times = Number.POSITIVE_INFINITY) {
  let met = 0;
  const here = await world((turn) => {
    if (turn.step === 0) return call("Bash", { command: "echo begun" });
    met += 1;
    return met > times ? completes(turn, "In the end.") : reply;
  });
  here.env["CLAUDE_CODE_MAX_RETRIES"] = "0";
  const ending = await (await here.engine()).run();
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  return { here, ending, node: nodes[0], met };
}

test.each<[string, Reply, RegExp]>([
  ["an overload", apiError(529), /^the API answers 529: Scripted 529, trying again in 1s$/],
  ["a gateway's error", apiError(502), /^the API answers 502: .*, trying again in 1s$/],
  [
    "a connection that is cut in the middle of an answer",
    { cut: "Half a sent" },
    /^the API .*, trying again in 1s$/,
  ],
])(
  "%s is waited out in the same session and attempt, and the prompt is sent once",
  async (_, reply, notice) => {
    const { here, ending, node, met } = await metBy(reply, 2);
    expect(ending).toEqual({ how: "ended" });
    expect(node).toMatchObject({ status: "complete", attempts: 1, result: "In the end." });
    expect(met).toBeGreaterThan(2);
    expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
    expect(here.progress).toContainEqual(expect.stringMatching(notice));
    const last = JSON.stringify(here.model.requests.at(-1)?.messages);
    expect(last.split("You are node #1").length - 1).toBe(1);
    expect(last).toContain("Go on. The API was not there for a while.");
  },
);

test("where nothing was done yet the session begins anew with the prompt, instead of one more copy of it", async () => {
  let met = 0;
  const here = await world((turn) => {
    met += 1;
    return met <= 2 ? apiError(529) : completes(turn, "In the end.");
  });
  here.env["CLAUDE_CODE_MAX_RETRIES"] = "0";
  expect(await (await here.engine()).run()).toEqual({ how: "ended" });
  const sent = here.model.requests.map(
    ({ messages }) => JSON.stringify(messages).split("You are node").length - 1,
  );
  expect(new Set(sent)).toEqual(new Set([1]));
  expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(3);
});

test("a subscription that is used up, nobody knows until when, is tried again from time to time in the session that there is", async () => {
  let met = 0;
  const here = await world((turn) => {
    if (turn.step === 0) return call("Bash", { command: "echo begun" });
    met += 1;
    if (met > 2) return completes(turn, "In the next window.");
    const { "anthropic-ratelimit-unified-reset": _, ...headers } = unified({
      utilization: 1,
      resetsAt: 0,
      status: "rejected",
    });
    return { error: { status: 429, headers: { ...headers, "anthropic-ratelimit-unified-5h-reset": "" } } };
  });
  delete here.env["ANTHROPIC_API_KEY"];
  here.env["CLAUDE_CODE_OAUTH_TOKEN"] = "a subscription's";
  expect(await (await here.engine()).run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes).toMatchObject([{ status: "complete", attempts: 3, result: "In the next window." }]);
  expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
  expect(here.notices).toEqual([
    "The 5-hour window is used up; the run goes on in 1 s.",
    "The 5-hour window is used up; one agent tries again.",
    "The 5-hour window is used up; the run goes on in 1 s.",
    "The 5-hour window is used up; one agent tries again.",
    "The account is open again: the run goes on.",
  ]);
});

test("an API that cannot be reached is waited out, and named as such", async () => {
  const here = await world((turn) => completes(turn, "Reached."));
  const url = here.env["ANTHROPIC_BASE_URL"] ?? "";
  Object.assign(here.env, { CLAUDE_CODE_MAX_RETRIES: "0", ANTHROPIC_BASE_URL: "http://127.0.0.1:9" });
  const engine = await here.engine({
    onProgress: (_, { notice }) => {
      if (notice?.startsWith("the API cannot be reached (") !== true) return;
      here.progress.push(notice);
      here.env["ANTHROPIC_BASE_URL"] = url;
    },
  });
  expect(await engine.run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes).toMatchObject([{ status: "complete", attempts: 1, result: "Reached." }]);
  expect(here.progress).not.toEqual([]);
});

test.each([
  [
    "credit that is used up",
    refusal(400, "invalid_request_error", "Your credit balance is too low to access the API."),
    "Credit balance is too low",
  ],
  [
    "an open bill",
    refusal(402, "billing_error", "There is an issue with your billing."),
    "There is an issue with your billing",
  ],
  [
    "a disabled organization",
    refusal(400, "invalid_request_error", "This organization has been disabled."),
    "disabled organization",
  ],
])("%s halts the run with the API's sentence, and charges nothing", async (_, reply, words) => {
  const { ending, node, met } = await metBy(reply);
  expect(ending).toEqual({ how: "halted", reason: expect.stringContaining(words) });
  expect(ending).toMatchObject({ reason: expect.stringContaining('go on with "cord run --resume"') });
  expect(node).toMatchObject({ status: "pending", tries: 1 });
  expect(met).toBe(1);
});

test.each([
  [
    "a model that does not exist",
    refusal(404, "not_found_error", "model: x"),
    /selected model .*--model for the run/,
  ],
  [
    "a request that is too large",
    refusal(400, "invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum"),
    /^Prompt is too long.* Split its task/,
  ],
  ["a refusal by policy", { text: "I", stopReason: "refusal" }, /Usage Policy.* Reword its task/],
])("%s fails its node at once, with the fix", async (_, reply, reason) => {
  const { ending, node } = await metBy(reply);
  expect(ending).toEqual({ how: "ended" });
  expect(node).toMatchObject({ status: "failed", attempts: 1, reason: expect.stringMatching(reason) });
});

test("what all agents meet they wait out together: one of them tries, and the others go on when it is answered", async () => {
  let down = true;
  const refused: string[] = [];
  const here = await world((turn) => {
    const { node, phase, step } = turn;
    if (node === "#1" && phase === "work")
      return (
        [
          call("create", { goal: "One" }),
          call("create", { goal: "Two" }),
          call("create", { goal: "Three" }),
          call("complete", { result: "Planned." }),
        ][step] ?? say("Done.")
      );
    if (node === "#1") return completes(turn, "All three.");
    if (!down) return completes(turn, "A part.");
    refused.push(String(node));
    if (refused.length === 8) down = false;
    return apiError(529);
  });
  here.env["CLAUDE_CODE_MAX_RETRIES"] = "0";
  expect(await (await here.engine()).run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes.map(({ status, attempts }) => `${status} ${attempts}`).slice(1)).toEqual(
    Array(3).fill("complete 1"),
  );
  expect(here.notices.filter((text) => text.startsWith("The API answers"))).toEqual([
    "The API answers 529: Scripted 529.",
    "The API answers again.",
  ]);
});
