import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { call, say } from "../support/claude/model.ts";
import { roles, runWorld } from "../support/machine/run-world.ts";

/**
 * The limits of the real Claude Code for a call over HTTP cannot be made shorter than a minute, so this is no part of the tests:
 * `bun test:long`. CLAUDE=path tries another version than the pinned one.
 */

const pastItsLimitMs = 65_000;

test("a person's answer that comes after more than a minute is the result of the ask", async () => {
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt, lastResults }) => {
        if (stepSincePrompt === 0) return call("ask", { question: "Which?", wait_seconds: 100 });
        return stepSincePrompt === 1
          ? call("complete", { result: `It said ${lastResults[0]?.text}` })
          : say("Done.");
      },
    }),
  );
  const other = process.env["CLAUDE"];
  if (other !== undefined) {
    const bin = join(world.cwd, "../other");
    mkdirSync(bin);
    symlinkSync(other, join(bin, "claude"));
    world.env["PATH"] = `${bin}:${world.env["PATH"]}`;
  }
  // what it allows a tool without progress, which it looks at every half minute; usually five minutes
  world.env["CLAUDE_CODE_MCP_TOOL_IDLE_TIMEOUT"] = "20000";
  const run = world.start("run", "Ask");
  await world.event(({ type, data }) => type === "task.created" && "question" in data);
  await Promise.race([Bun.sleep(pastItsLimitMs), run.ended]);
  expect((await world.cord("answer", "2", "red")).code).toBe(0);
  expect((await run.ended).out).toContain('"answer":"red"');
}, 120_000);
