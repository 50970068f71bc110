import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentNamed } from "../../../src/engine/agents/agents.ts";
import { TranscriptReader } from "../../../src/engine/agents/transcript.ts";
import { TranscriptLines } from "../../../src/tui/run/transcript-lines.ts";
import { painter } from "../../../src/tui/terminal/theme.ts";
import type { TranscriptEntry } from "../../../src/core/transcript.ts";

/** A transcript of what the real Claude Code has printed, and of what it might. */

function entriesOf(lines: readonly string[]): TranscriptEntry[] {
  const reader = new TranscriptReader(agentNamed("claude"));
  return lines.flatMap((line) => reader.take(line));
}

function shown(entries: readonly TranscriptEntry[]): string {
  const lines = new TranscriptLines(painter(false));
  return entries.flatMap((entry) => lines.of(entry)).join("\n");
}

const line = (value: object) => JSON.stringify(value);
const usage = {
  input_tokens: 1000,
  cache_read_input_tokens: 200,
  cache_creation_input_tokens: 0,
  output_tokens: 50,
};
const assistant = (id: string, ...content: object[]) =>
  line({ type: "assistant", message: { id, model: "claude-opus-4-8", content, usage } });
const returns = (id: string, content: unknown, is_error = false) =>
  line({
    type: "user",
    message: { role: "user", content: [{ type: "tool_result", tool_use_id: id, content, is_error }] },
  });
const uses = (id: string, command: string) => ({ type: "tool_use", id, name: "Bash", input: { command } });

describe("a transcript", () => {
  test("of samples of the real program has what was said, done and spent", () => {
    for (const file of ["claude-samples.jsonl", "claude-samples-2.1.329.jsonl"]) {
      const lines = readFileSync(join(import.meta.dir, "../../support/claude", file), "utf8").split("\n");
      const entries = entriesOf(lines);
      expect(entries.slice(0, 4)).toMatchObject([
        { type: "started" },
        { type: "used", tool: "Bash", detail: "echo hi" },
        { type: "used", tool: "cord complete" },
        { type: "returned", tool: "Bash", failed: false, text: "hi" },
      ]);
      expect(entries.some(({ type }) => type === "message")).toBe(true);
      expect(entries.filter(({ type }) => type === "ended").length).toBeGreaterThan(0);
    }
  });

  test("reads well: outcomes under their calls, the name of one that comes later, and the cost of each message", () => {
    const text = shown(
      entriesOf([
        line({ type: "system", subtype: "init", session_id: "s", model: "claude-opus-4-8", mcp_servers: [] }),
        assistant("m1", { type: "text", text: "I look." }, uses("a", "ls"), uses("b", "cat nowhere")),
        returns("b", "Exit code 1\ncat: nowhere: No such file", true),
        returns("a", [{ type: "text", text: "one\ntwo\n" }, { type: "image" }]),
        assistant("m2", { type: "text", text: "Done." }),
        line({
          type: "result",
          subtype: "success",
          is_error: false,
          result: "Done.",
          num_turns: 2,
          total_cost_usd: 0.25,
        }),
      ]),
    );
    expect(text).toMatchInlineSnapshot(`
      "started  claude-opus-4-8  session s
      I look.
      → Bash: ls
      → Bash: cat nowhere
        ✗ Exit code 1
          cat: nowhere: No such file
        ✓ Bash: one … (16 characters)
        ~$0.0063  1.2k in (200 cached), 50 out
      Done.
        ~$0.0063  1.2k in (200 cached), 50 out
      ended  done  $0.25  2 turns"
    `);
  });

  test("counts one turn as one", () => {
    const ended = shown([
      { type: "ended", reason: "done", text: null, usd: 0.25, estimated: false, turns: 1 },
    ]);
    expect(ended).toBe("ended  done  $0.25  1 turn");
  });

  test("shows no control characters, and is not stopped by lines that are no JSON", () => {
    const text = shown(
      entriesOf([
        "garbage",
        '{"type":"user","message":',
        assistant("m", uses("a", "\u001b]0;x\u0007ls\u202e")),
        returns("a", "\u001b[31mred\u0000\u200b"),
        '{"tool_result":',
      ]),
    );
    expect(text).toContain("→ Bash: ls");
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0008\u001b\u202e\u200b]/);
  });

  test("keeps the beginning of what a tool gave, and says how long it was", () => {
    const [, returned] = entriesOf([assistant("m", uses("a", "seq")), returns("a", "x".repeat(100_000))]);
    expect(returned).toMatchObject({ type: "returned", length: 100_000, text: "x".repeat(4000) });
  });
});
