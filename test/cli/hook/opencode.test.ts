import { describe, expect, test } from "bun:test";
import { pluginLine, shortLines } from "../../../src/cli/hook/opencode-lines.ts";
import { OpencodeState } from "../../../src/cli/hook/opencode-state.ts";

async function linesOf(chunks: readonly string[], maxBytes: number): Promise<string[]> {
  const stream = (async function* () {
    for (const chunk of chunks) yield new TextEncoder().encode(chunk);
  })();
  return Array.fromAsync(shortLines(stream, maxBytes));
}

describe("the lines of opencode's plugin", () => {
  test("are whole however they come in pieces, and those that are too long are left out", async () => {
    expect(await linesOf(["a", "b\nc", "\n", "\nd\ne"], 10)).toEqual(["ab", "c", "", "d"]);
    expect(await linesOf(["x".repeat(11), "\nok\n"], 10)).toEqual(["ok"]);
    expect(await linesOf(["x".repeat(6), "x".repeat(6), "\n", "1234567890\n"], 10)).toEqual(["1234567890"]);
    expect(await linesOf(["é€\n"], 5)).toEqual(["é€"]);
  });

  test.each([
    ['{"event":"session.status","properties":{"sessionID":"s"}}', "event"],
    ['{"ask":1,"at":"edit","tool":"write","args":{"filePath":"a"}}', "ask"],
    ['{"woken":3,"trouble":null}', "woken"],
  ])("say what they are: %s", (line, kind) => {
    expect<string | undefined>(pluginLine(line)?.kind).toBe(kind);
  });

  test.each([
    "",
    "not JSON",
    "[]",
    "null",
    "1",
    '{"event":1}',
    '{"event":"x","properties":[]}',
    '{"ask":"1","at":"edit"}',
  ])("say nothing where they are something else: %s", (line) => {
    expect(pluginLine(line)).toBeNull();
  });
});

const status = (sessionID: string, type: string) => ({ sessionID, status: { type } });

describe("what opencode does", () => {
  test("is that of the conversation that its person sees, not of a sub-agent's", () => {
    const opencode = new OpencodeState();
    expect(opencode.heard("session.created", { info: { id: "one" } })).toBe(true);
    opencode.heard("session.status", status("one", "busy"));
    opencode.heard("session.created", { info: { id: "inner", parentID: "one" } });
    expect(opencode.heard("session.status", status("inner", "idle"))).toBe(false);
    expect([opencode.session, opencode.state]).toEqual(["one", "busy"]);
    opencode.heard("session.status", status("one", "retry"));
    expect(opencode.state).toBe("busy");
    opencode.heard("session.status", status("two", "idle"));
    expect([opencode.session, opencode.state]).toEqual(["two", "idle"]);
    opencode.heard("session.deleted", { info: { id: "two" } });
    expect(opencode.session).toBeNull();
  });

  test("waits for its person at a permission or a question, and for no longer", () => {
    const opencode = new OpencodeState();
    opencode.heard("permission.asked", {});
    expect([opencode.state, opencode.waitingFor]).toEqual(["waiting", "a permission"]);
    opencode.heard("permission.replied", {});
    opencode.heard("question.asked", {});
    expect([opencode.state, opencode.waitingFor]).toEqual(["waiting", "an answer"]);
    opencode.heard("question.rejected", {});
    expect([opencode.state, opencode.waitingFor]).toEqual(["busy", null]);
  });

  test("is not changed by what makes no sense", () => {
    const opencode = new OpencodeState();
    for (const properties of [
      {},
      { info: 1 },
      { info: { id: "x".repeat(1000) } },
      { sessionID: 1, status: {} },
      { sessionID: "s" },
    ])
      for (const event of ["session.created", "session.deleted", "session.status", "session.exploded", ""])
        expect(opencode.heard(event, properties)).toBe(false);
  });
});
