import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { AgentEvent } from "../../../src/engine/agents/agent.ts";
import { streamJsonReader, userMessage } from "../../../src/engine/agents/stream-json.ts";

/** What Claude Code really printed, of the version that is pinned and of a later one; each init begins another attempt. */
const sampleFiles = ["claude-samples.jsonl", "claude-samples-2.1.329.jsonl"];

describe.each(sampleFiles)("the real output in %s", (file) => {
  const attempts = attemptsIn(file);

  test("starts each attempt once, with its session, its model and cord connected", async () => {
    for (const events of await attempts) {
      const started = events.filter((event) => event.type === "started");
      expect(started).toEqual([
        {
          type: "started",
          sessionId: expect.any(String),
          model: expect.stringMatching(/^claude-/),
          cordConnected: true,
          kept: null,
        },
      ]);
    }
  });

  test("tells a good end with its text and its totals", async () => {
    const [first = []] = await attempts;
    expect(first.at(-1)).toMatchObject({
      type: "ended",
      ok: true,
      reason: "done",
      text: "All done.",
      trouble: null,
      inputTokens: 200,
      outputTokens: 40,
      turns: 3,
      denials: [],
    });
  });

  test("tells what it said and used", async () => {
    const [first = []] = await attempts;
    expect(first).toContainEqual({ type: "used", id: expect.any(String), tool: "Bash", detail: "echo hi" });
    expect(first).toContainEqual({
      type: "used",
      id: expect.any(String),
      tool: "cord complete",
      detail: "done",
    });
    expect(first).toContainEqual({ type: "said", text: "All done." });
  });

  test("tells of each tool call that it has come back", async () => {
    const [first = []] = await attempts;
    const ids = (wanted: "used" | "returned") =>
      first.flatMap((event) => (event.type === wanted && "id" in event ? [event.id] : []));
    expect(ids("returned")).toEqual(ids("used"));
  });

  test("counts a message once, though each of its blocks comes on a line of its own", async () => {
    const [first = []] = await attempts;
    const spent = first.filter((event) => event.type === "spent");
    expect(spent.map(({ inputTokens }) => inputTokens)).toEqual([100, 200]);
  });

  test("tells a rate limit as a retry with its status and its delay", async () => {
    const retries = (await attempts).flat().filter((event) => event.type === "retrying");
    expect(retries).toContainEqual(
      expect.objectContaining({ status: 429, attempt: 1, message: "rate_limit" }),
    );
    expect(retries.every(({ delayMs }) => delayMs > 0)).toBe(true);
  });

  test("tells a wrong key as an API error, though the subtype reads success", async () => {
    const ends = (await attempts).flat().filter((event) => event.type === "ended");
    expect(ends).toContainEqual(
      expect.objectContaining({
        ok: false,
        reason: "api_error",
        trouble: { kind: "account", status: 401, words: expect.any(String) },
      }),
    );
  });

  test("tells the budget and the turns as what stopped it, with a text", async () => {
    const ends = (await attempts).flat().filter((event) => event.type === "ended");
    const text = expect.stringMatching(/^Reached maximum/);
    expect(ends).toContainEqual(expect.objectContaining({ ok: false, reason: "budget", text }));
    expect(ends).toContainEqual(expect.objectContaining({ ok: false, reason: "turns", text }));
  });

  test("names the tools that were denied", async () => {
    const ends = (await attempts).flat().filter((event) => event.type === "ended");
    expect(ends.flatMap(({ denials }) => denials)).toEqual([{ tool: "Bash" }]);
  });
});

describe("a reader of stream-json", () => {
  test("is silent about what it does not know, and never throws", () => {
    const read = streamJsonReader();
    const junk = [
      "",
      "junk",
      "null",
      "[]",
      "{",
      '{"type":"result"',
      '{"type":"assistant"}',
      '"type":"system"',
      "\0",
    ];
    expect(junk.flatMap(read)).toEqual([]);
    expect(
      read(lineOf({ type: "assistant", message: { content: [{ type: "thinking" }, 7, null] } })),
    ).toEqual([]);
    expect(read(lineOf({ type: "result", total_cost_usd: "much", permission_denials: 3 }))).toMatchObject([
      { type: "ended", ok: false, reason: "error", usd: 0, denials: [] },
    ]);
  });

  test("says that cord is not connected when its server is late, failed or missing", () => {
    for (const servers of [
      [{ name: "cord", status: "pending" }],
      [{ name: "cord", status: "failed" }],
      [],
      undefined,
    ])
      expect(streamJsonReader()(init(servers))).toMatchObject([{ type: "started", cordConnected: false }]);
  });

  test("tells a server whose tools were taken away, and one that is not among the servers, from one that is late", () => {
    const connected = [{ name: "cord", status: "connected" }];
    expect(seen(connected, ["Bash", "mcp__cord__complete"])).toBe("there");
    expect(seen(connected)).toBe("there");
    expect(seen(connected, ["Bash", "mcp__cord__create"])).toBe("toolless");
    expect(seen([{ name: "other", status: "connected" }], ["Bash"])).toBe("absent");
    expect(seen([{ name: "cord", status: "pending" }], ["Bash"])).toBeNull();
  });

  test("adds the turns of a conversation, and takes its cost and tokens as the totals they are", () => {
    const read = streamJsonReader();
    read(result(0.5, 10));
    expect(read(result(0.75, 20))).toMatchObject([{ usd: 0.75, inputTokens: 27, outputTokens: 5, turns: 4 }]);
  });

  test("a line about a call that is still under way is not its return", () => {
    const read = streamJsonReader();
    const about = { task_id: "a", tool_use_id: "toolu_1", description: "Looks around" };
    expect(read(JSON.stringify({ type: "system", subtype: "task_progress", ...about }))).toEqual([]);
    const block = { type: "tool_result", tool_use_id: "toolu_1", content: "Looked." };
    const back = { type: "user", message: { role: "user", content: [block] } };
    expect(read(JSON.stringify(back))).toEqual([{ type: "returned", id: "toolu_1", failed: false }]);
  });

  test("makes a tool's input one short line", () => {
    const block = {
      type: "tool_use",
      name: "Bash",
      input: { description: "x", command: `a\n  b ${"c".repeat(9_999)}` },
    };
    const [event] = streamJsonReader()(lineOf({ type: "assistant", message: { content: [block] } }));
    if (event?.type !== "used") throw new Error("no use of a tool");
    expect(event.detail).toMatch(/^a b c+…$/);
    expect(event.detail.length).toBe(160);
  });

  test("a message is one line, whatever it holds", () => {
    expect(userMessage("a\nb\u2028").split("\n")).toHaveLength(2);
  });

  test("a long beginning that siblings share is kept in the model's cache, and a short one is part of the rest", () => {
    const [shared, own] = ["x😀".repeat(50_000), "\n# You"];
    expect(contentOf(shared + own, shared.length)).toEqual([
      { type: "text", text: shared, cache_control: { type: "ephemeral" } },
      { type: "text", text: own },
    ]);
    expect(contentOf("short own", 6)).toEqual([{ type: "text", text: "short own" }]);
  });

  test("a message of any length is read as it was written", () => {
    for (const text of ["", 'a "quoted" \\ one', `x${"😀 \n\u0007".repeat(40_000)}`])
      expect(JSON.parse(userMessage(text)).message.content).toEqual([{ type: "text", text }]);
  });
});

const contentOf = (text: string, shared: number) => JSON.parse(userMessage(text, shared)).message.content;
const said = (text: string) =>
  lineOf({ type: "assistant", message: { id: text, content: [{ type: "text", text }] } });
const read = (...lines: string[]) => {
  const reader = streamJsonReader();
  return lines.flatMap(reader).flatMap((event) => ("text" in event ? [`${event.type} ${event.text}`] : []));
};

describe("lines that are not what they should be", () => {
  const end = { subtype: "success", is_error: false, num_turns: 1, session_id: "s" };
  const whole = (text: string) => lineOf({ type: "result", ...end, result: text });

  test("a result that begins with another member, or has spaces, is one", () => {
    expect(read(lineOf({ duration_ms: 3, ...end, result: "Late.", type: "result" }))).toEqual([
      "ended Late.",
    ]);
    expect(
      read(JSON.stringify({ type: "result", ...end, result: "Wide." }, null, 1).replaceAll("\n", " ")),
    ).toEqual(["ended Wide."]);
  });

  test("an error that the program says is no text of the model's, and a text of the model's is no error", () => {
    const error = "API Error: 500 Internal server error";
    const reader = streamJsonReader();
    expect(reader(whole(error))).toMatchObject([
      { ok: false, reason: "api_error", trouble: { kind: "passes" } },
    ]);
    expect([said(error), whole(error)].flatMap(reader).at(-1)).toMatchObject({ ok: true, text: error });
    const program = {
      type: "assistant",
      message: { model: "<synthetic>", content: [{ type: "text", text: "Hello." }] },
    };
    expect([lineOf(program), whole("Hello.")].flatMap(reader)).toMatchObject([
      { ok: false, reason: "blocked" },
    ]);
    expect(reader(lineOf({ type: "result", ...end, num_turns: 0, result: "Hook." }))).toMatchObject([
      { ok: false, reason: "blocked" },
    ]);
  });

  test("two on one line are two, and what stands before or behind one is left out", () => {
    expect(read(said("One.") + whole("Two."))).toEqual(["said One.", "ended Two."]);
    expect(read(`(node:1) Warning: old${whole("Two.")}`)).toEqual(["ended Two."]);
    expect(read(`${whole("Two.")}(node:1) Warning: old`)).toEqual(["ended Two."]);
  });

  test("one that another breaks in its middle is put together again, wherever it breaks", () => {
    const line = whole('The "whole" {answer}.');
    for (let at = 1; at < line.length; at += 1) {
      const [first, rest] = [line.slice(0, at), line.slice(at)];
      const ends = ['ended The "whole" {answer}.'];
      expect(read(`${first}${said("Other.")}`, rest).toSorted()).toEqual([...ends, "said Other."]);
      expect(read(first, rest)).toEqual(ends);
      expect(read(first, "(node:1) Warning: old", rest)).toEqual(ends);
    }
  });

  test("one of 5 MB is read whole", () => {
    const text = "long ".repeat(1_000_000);
    expect(read(whole(text))).toEqual([`ended ${text}`]);
  });

  test("hostile ones cost no more than a look at them", () => {
    const reader = streamJsonReader();
    const lines = [
      '{"a":'.repeat(200_000),
      '{"type":"result"'.repeat(100_000),
      "{".repeat(1_000_000),
      '{"'.repeat(500_000),
    ];
    expect(lines.flatMap(reader)).toEqual([]);
    expect(reader(whole("After all."))).toMatchObject([{ text: "After all." }]);
  });
});

function lineOf(value: unknown): string {
  return JSON.stringify(value);
}

/** What is seen of cord's tools in an init line. */
function seen(servers?: object[], tools?: string[]) {
  const [line] = streamJsonReader((what) => what)(init(servers, tools));
  return line?.type === "started" ? line.kept : undefined;
}

function init(servers: unknown, tools?: readonly string[]): string {
  return lineOf({ type: "system", subtype: "init", session_id: "s", mcp_servers: servers, tools });
}

function result(usd: number, inputTokens: number): string {
  const a = { inputTokens, outputTokens: 5, cacheReadInputTokens: 7, cacheCreationInputTokens: 0 };
  const turn = { subtype: "success", is_error: false, result: "ok", num_turns: 2, total_cost_usd: usd };
  return lineOf({ type: "result", ...turn, modelUsage: { a } });
}

async function attemptsIn(file: string): Promise<AgentEvent[][]> {
  const text = await Bun.file(join(import.meta.dir, "../../support/claude", file)).text();
  const attempts: AgentEvent[][] = [];
  let read = streamJsonReader();
  for (const line of text.split("\n")) {
    if (line.includes('"subtype":"init"')) {
      read = streamJsonReader();
      attempts.push([]);
    }
    attempts.at(-1)?.push(...read(line));
  }
  return attempts;
}
