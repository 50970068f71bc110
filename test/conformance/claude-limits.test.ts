import { afterEach, describe, expect, test } from "bun:test";
import { startClaude, type ClaudeProcess } from "../support/claude/claude-process.ts";
import { claudePath, type ClaudeVersion } from "../support/claude/claude.ts";
import { call, startModel, type Model } from "../support/claude/model.ts";
import { unified, usedUp } from "../support/claude/subscription.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

/** What Claude Code says of a subscription's limits, which cord parks runs by. When one of these fails, the engine must follow. */

const started: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).toReversed()) await one.stop();
});

const reset = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
const versions: ClaudeVersion[] = ["pinned", "newest"];

describe.each(versions)(
  "Claude Code, %s, of a subscriber whose window is used up in its second step",
  (version) => {
    test("tells of the window as it is after an answer, then that it is rejected, and ends its turn with 429", async () => {
      const { claude } = await start(version, {
        ANTHROPIC_API_KEY: "",
        CLAUDE_CODE_OAUTH_TOKEN: "a subscription's",
      });
      const result = await claude.waitForLine(({ type }) => type === "result");
      const told = claude.lines.filter(({ type }) => type === "rate_limit_event");
      const five = { resetsAt: reset / 1000, rateLimitType: "five_hour", isUsingOverage: false };
      expect(told.map((line) => line["rate_limit_info"])).toMatchObject([
        { ...five, status: "allowed" },
        { ...five, status: "rejected" },
      ]);
      const used = told.map((line) => JSON.stringify(line)).filter((line) => line.includes('"utilization":'));
      expect(used.length).toBe(version === "newest" ? 2 : 0);
      expect(result).toMatchObject({ is_error: true, api_error_status: 429 });
      expect(result.result).toMatch(/^You've hit your .*limit/);
      claude.closeStdin();
      expect(await claude.ended).toBe(1);
    });

    test("with a key tells of none: there a 429 is a throttle", async () => {
      const { claude } = await start(version, {});
      const result = await claude.waitForLine(({ type }) => type === "result");
      expect(claude.lines.filter(({ type }) => type === "rate_limit_event")).toEqual([]);
      expect(result).toMatchObject({ is_error: true, api_error_status: 429 });
    });
  },
);

async function start(
  version: ClaudeVersion,
  env: Record<string, string>,
): Promise<{ claude: ClaudeProcess; model: Model }> {
  const model = await startModel(({ step }) =>
    step === 0
      ? { ...call("Bash", { command: "true" }), headers: unified({ utilization: 0.5, resetsAt: reset }) }
      : usedUp(reset),
  );
  const claude = startClaude({
    model,
    dir: temporaryDirectory("claude"),
    path: claudePath(version),
    env: { CLAUDE_CODE_MAX_RETRIES: "0", ...env },
  });
  started.push(model, {
    async stop() {
      claude.kill("SIGKILL");
      await claude.ended;
    },
  });
  claude.send("You are node #3 of run r1.\nPhase: work\n\nSay hello.");
  return { claude, model };
}
