import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { call, say } from "../support/claude/model.ts";
import { usedUp } from "../support/claude/subscription.ts";
import { roles, runWorld, turnsOf } from "../support/machine/run-world.ts";
import { openPane } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";

/** A person who does not watch is told, and can answer by what they are told. */

const Told = z.object({
  event: z.string(),
  node: z.string().nullable(),
  text: z.string(),
  command: z.string(),
});

test("--notify tells of a question, and its command answers it; of a failure and the end too", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Asks" }),
        call("create", { goal: "Fails" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": ({ lastResults }) => {
        const answer = lastResults.find(({ text }) => text.includes("blue"));
        if (answer !== undefined) return call("complete", { result: "It is blue." });
        if (lastResults.length > 0) return say("Done.");
        return call("ask", { question: "Which `colour`?", options: ["red", "blue"], wait_seconds: 60 });
      },
      "#3": [{ error: { status: 400, message: "Scripted." } }],
      "#1 synthesis": [call("complete", { result: "Blue." })],
    }),
  );
  const told = join(world.cwd, "told");
  const notify = `cat >> told; printf '%s[%s]\\n' "$CORD_EVENT" "$CORD_NODE" >> variables; [ "$CORD_EVENT" != asked ] || $(printf '%s\\n' "$CORD_TEXT" | sed -n '2s#^cord\\(.*\\)TEXT$#${world.binary}\\1blue#p')`;
  const { code, out, err } = await world.cord("run", "Paint it", "--notify", notify);
  expect({ code, out }).toEqual({ code: 0, out: "Blue.\n" });
  expect(err).not.toContain("--notify");
  const all = readFileSync(told, "utf8")
    .trim()
    .split("\n")
    .map((line) => Told.parse(JSON.parse(line)));
  expect(all.map(({ event, node }) => [event, node]).toSorted()).toEqual([
    ["asked", "#4"],
    ["ended", null],
    ["failed", "#3"],
  ]);
  expect(all.find(({ event }) => event === "asked")?.text).toBe("#2 asks: Which `colour`? (red | blue)");
  expect(readFileSync(join(world.cwd, "variables"), "utf8").trim().split("\n").toSorted()).toEqual([
    "asked[#4]",
    "ended[]",
    "failed[#3]",
  ]);
  expect(turnsOf(world.model, "#2").length).toBeGreaterThan(1);
});

test("a run that parks is told once, with the command that lets it go on", async () => {
  const account = { isUsedUp: true, resetsAt: Math.ceil(Date.now() / 1000) * 1000 + 3_600_000 };
  await using world = await runWorld(({ lastResults }) => {
    if (account.isUsedUp) return usedUp(account.resetsAt);
    return lastResults.length > 0 ? say("Done.") : call("complete", { result: "Done." });
  });
  delete world.env["ANTHROPIC_API_KEY"];
  world.env["CLAUDE_CODE_OAUTH_TOKEN"] = "a subscription's";
  const run = world.start("run", "Wait for it", "--notify", "cat >> told");
  const told = () => readFileSync(join(world.cwd, "told"), "utf8").trim().split("\n");
  await until("the notification", () => existsSync(join(world.cwd, "told")) && told()[0] !== "");
  const { event, text, command } = Told.parse(JSON.parse(told()[0] ?? ""));
  expect([event, text]).toEqual([
    "parked",
    expect.stringMatching(/^limit: the 5-hour window is used up, goes on at /),
  ]);
  account.isUsedUp = false;
  expect((await world.cord(...command.split(" ").slice(1))).code).toBe(0);
  expect((await run.ended).code).toBe(0);
  expect(told().map((line) => Told.parse(JSON.parse(line)).event)).toEqual(["parked", "ended"]);
});

test("a terminal that takes notifications gets one, beside the bell, and the tree stays as it is", async () => {
  await using world = await runWorld(
    roles({
      "#1": ({ lastResults }) => {
        if (lastResults.some(({ text }) => text.includes("completed"))) return say("Done.");
        if (lastResults.length > 0) return call("complete", { result: "Painted." });
        return call("ask", { question: "Which\u001b]52;c;aGk=\u0007 colour?", wait_seconds: 60 });
      },
    }),
  );
  const env = { ...world.env, TERM_PROGRAM: "WezTerm" };
  await using pane = await openPane([world.binary, "run", "Paint it"], { cwd: world.cwd, env });
  await pane.shows("answer #2:");
  await pane.press("blue", "Enter");
  const { code, screen } = await pane.ended();
  expect(code).toBe(0);
  expect(screen).toContain("Painted.");
  const { texts, bells } = pane.notified();
  expect(texts).toEqual([
    "notify;cord;#1 asks: Which colour?",
    expect.stringMatching(/^notify;cord;Run \S+ is complete: Paint it$/),
  ]);
  expect(bells).toBe(2);
});

test("a command that fails or hangs holds nothing up: the result comes, and that is said once", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "Done." })] }));
  const failing = await world.cord("run", "One", "--notify", "echo no such number >&2; exit 3");
  expect(failing).toMatchObject({ code: 0, out: "Done.\n" });
  expect(failing.err).toMatch(
    /--notify: the command exited with 3 \(no such number\)\. What it printed is in /,
  );
  const hanging = world.start("run", "Two", "--notify", "echo begun > begun; sleep 1012");
  await hanging.says("complete after");
  await until("the command", () => world.processes().some(({ argv }) => argv.includes("1012")));
  expect(await hanging.ended).toMatchObject({ code: 0, out: "Done.\n" });
  expect(world.processes()).toHaveLength(1);
});
