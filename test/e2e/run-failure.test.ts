import { expect, test } from "bun:test";
import { apiError, call, say } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { slowStart } from "../support/network/slow-start.ts";
import { roles, runWorld, turnsOf } from "../support/machine/run-world.ts";

/** What goes wrong with agents and with the API, and that a run comes to its end all the same. */

const broken: Reply = { error: { status: 400, message: "This request is broken." } };

test("an agent whose MCP server was not connected in time is started again, and that start is no attempt", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "With tools." })] }));
  await using daemon = await slowStart(world);
  world.env["CORD_URL"] = daemon.url;
  world.env["MCP_CONNECT_TIMEOUT_MS"] = "1500";
  const { code, out } = await world.cord("run", "Wait for your tools", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "With tools.", nodes: [{ attempts: 1, reason: null }] });
  expect(daemon.initializes).toBe(2);
  // the first start may have asked the model before it was ended
  expect(world.model.requests.at(-1)?.tools).toContain("mcp__cord__complete");
});

test("an agent that exits with an error is tried once more, and is told why", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "At last." })] }));
  world.wrapClaude(
    'if [ -e tried ]; then exec "$REAL" "$@"; fi\ntouch tried\necho "out of cheese" >&2\nexit 7',
  );
  const { code, out } = await world.cord("run", "Try twice", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "At last.", nodes: [{ attempts: 2, status: "complete" }] });
  expect(world.model.requests[0]?.prompt).toMatch(/# Earlier attempt\n\n.*exited with code 7: out of cheese/);
});

test("a node whose attempts have all failed is failed, with the last words of its agent", async () => {
  await using world = await runWorld();
  world.wrapClaude('echo "out of cheese" >&2\nexit 7');
  const { code, out, err } = await world.cord("run", "Never works");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/ {2}#1 failed {2}Claude Code exited with code 7: out of cheese$/m);
});

test("what needs a failed node is cancelled, naming it, and the parent is told all of it", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Breaks" }),
        call("create", { goal: "Needs it", needs: ["#2"] }),
        call("create", { goal: "Needs that", needs: ["#3"] }),
        call("create", { goal: "Works" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [broken],
      "#5": [call("complete", { result: "A good part." })],
      "#1 synthesis": [call("complete", { result: "What is left." })],
    }),
  );
  const { code, out, err } = await world.cord("run", "Some of it breaks");
  expect({ code, out }).toEqual({ code: 0, out: "What is left.\n" });
  expect(turnsOf(world.model, "#2")).toHaveLength(2);
  const prompt = turnsOf(world.model, "#1", "synthesis")[0]?.prompt;
  expect(prompt).toMatch(/#2 \[failed\] Breaks\nNo result\. .*This request is broken/);
  expect(prompt).toMatch(/#3 \[cancelled\] Needs it\nNo result\. it needs #2, which failed/);
  expect(prompt).toMatch(/#4 \[cancelled\] Needs that\nNo result\. it needs #3, which was cancelled/);
  expect(prompt).toContain("A good part.");
  expect(prompt).toContain("3 of 4 failed or were cancelled");
  expect(err).toMatch(/nodes +2 complete, 1 failed, 2 cancelled/);
});

test("when every child failed, synthesis still runs and is told so, and may make replacements", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Breaks" }),
        call("create", { goal: "Breaks too" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [broken],
      "#3": [broken],
      "#4": [call("complete", { result: "Simpler, but done." })],
      "#1 synthesis": ({ messages, stepSincePrompt }) => {
        if (stepSincePrompt > 1) return say("Done.");
        const replaced = JSON.stringify(messages).includes("Simpler, but done.");
        if (!replaced && stepSincePrompt === 0) return call("create", { goal: "A simpler one" });
        return call("complete", { result: replaced ? "Done after all." : "Trying anew." });
      },
    }),
  );
  const { code, out } = await world.cord("run", "All of it breaks");
  expect({ code, out }).toEqual({ code: 0, out: "Done after all.\n" });
  expect(turnsOf(world.model, "#1", "synthesis")[0]?.prompt).toContain(
    "Every child failed or was cancelled.",
  );
});

test("a rate limit is shown as one and waited out; it is no failure", async () => {
  let refusals = 0;
  await using world = await runWorld(
    roles({
      "#1": ({ step }) => {
        if (step === 0 && refusals < 2) {
          refusals += 1;
          return apiError(429, 1);
        }
        return step === 0 ? call("complete", { result: "In the end." }) : say("Done.");
      },
    }),
  );
  const { code, out, err } = await world.cord("run", "Be patient");
  expect({ code, out }).toEqual({ code: 0, out: "In the end.\n" });
  expect(err).toMatch(/ {2}#1 active {2}rate limited, retry 1 in \d+s$/m);
  expect(err).toMatch(/ {2}#1 active {2}rate limited, retry 2 in \d+s$/m);
  expect(world.model.requests.map(({ node }) => node)).toEqual(["#1", "#1", "#1", "#1"]);
});

test("a key that is not valid ends the run at once, says the fix, and leaves the run to be resumed", async () => {
  let valid = false;
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Part" }), call("complete", { result: "Planned." })],
      "#2": ({ stepSincePrompt }) => {
        if (!valid) return apiError(401);
        return stepSincePrompt === 0 ? call("complete", { result: "The part." }) : say("Done.");
      },
      "#1 synthesis": [call("complete", { result: "Whole." })],
    }),
  );
  const { code, out, err } = await world.cord("run", "No key");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("Claude Code is not authenticated (401). Log in");
  expect(err.trimEnd().split("\n").at(-1)).toMatch(/cord run --resume/);
  expect(turnsOf(world.model, "#2")).toHaveLength(1);
  expect(world.agents()).toEqual([]);
  valid = true;
  const resumed = await world.cord("run", "--resume");
  expect({ code: resumed.code, out: resumed.out }).toEqual({ code: 0, out: "Whole.\n" });
  expect(turnsOf(world.model, "#1").filter(({ step }) => step === 0)).toHaveLength(1);
});

test("an agent that hangs after its result, and what it left running, are ended; the result counts", async () => {
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Hangs" }), call("complete", { result: "Planned." })],
      "#2": [call("complete", { result: "Said before it hung." })],
      "#1 synthesis": [say("It hung, and yet.")],
    }),
  );
  world.wrapClaude('setsid sleep 1001 &\n"$REAL" "$@"\nsleep 1002');
  const { code, out } = await world.cord("run", "Hang");
  expect({ code, out }).toEqual({ code: 0, out: "It hung, and yet.\n" });
  expect(turnsOf(world.model, "#1", "synthesis")[0]?.prompt).toContain("Said before it hung.");
  expect(world.agents()).toEqual([]);
});
