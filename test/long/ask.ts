import { expect, test } from "bun:test";
import { dirname } from "node:path";
import { claudePath, type ClaudeVersion } from "../support/claude/claude.ts";
import { call, say } from "../support/claude/model.ts";
import { roles, runWorld } from "../support/machine/run-world.ts";

/**
 * The limits of the real Claude Code for a call over HTTP cannot be made shorter than a minute, so this is no part of the tests:
 * `bun run test:long`. What it is answered meanwhile, test/conformance/claude-hosts.test.ts shows in seconds.
 */

/** It gives up a request without a byte at 60.0 s. */
const answeredAfterMs = 90_000;

test.each<ClaudeVersion>(["pinned", "newest"])(
  "a person's answer after a minute and a half is the result of an ask that waits for 100 s: the %s Claude Code",
  async (version) => {
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
    world.env["PATH"] = `${dirname(claudePath(version))}:${world.env["PATH"]}`;
    // what it allows a tool without progress, which it looks at every half minute; usually five minutes
    world.env["CLAUDE_CODE_MCP_TOOL_IDLE_TIMEOUT"] = "20000";
    const run = world.start("run", "Ask");
    await world.event(({ type, data }) => type === "task.created" && "question" in data);
    await Promise.race([Bun.sleep(answeredAfterMs), run.ended]);
    expect((await world.cord("answer", "2", "red")).code).toBe(0);
    expect((await run.ended).out).toContain('"answer":"red"');
  },
  150_000,
);
