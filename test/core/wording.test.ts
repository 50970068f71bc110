import { expect, test } from "bun:test";
import { oneLine, shortened } from "../../src/core/text.ts";
import { capitalized, counted, listed, withoutFullStop } from "../../src/core/wording.ts";

test("counts say one of a thing, and more of them", () => {
  expect([0, 1, 2].map((count) => counted(count, "agent"))).toEqual(["0 agents", "1 agent", "2 agents"]);
  expect(counted(1, "event waits", "events wait")).toBe("1 event waits");
  expect(counted(3, "event waits", "events wait")).toBe("3 events wait");
});

test("a list that is too long says how many more there are", () => {
  expect(listed(["a", "b"], 2)).toBe("a, b");
  expect(listed(["a", "b", "c", "d"], 2)).toBe("a, b and 2 more");
  expect(listed([], 2)).toBe("");
});

test("a text is made one line, and short, and never ends in half a character", () => {
  expect(oneLine("  a\n\tb  c ")).toBe("a b c");
  expect(shortened("abcd", 4)).toBe("abcd");
  expect(shortened("abcde", 4)).toBe("abc…");
  expect(shortened("ab😀de", 4)).toBe("ab…");
});

test("a sentence begins with a capital letter", () => {
  expect(capitalized("claude waits")).toBe("Claude waits");
  expect(capitalized("")).toBe("");
});

test("a sentence that another goes on from has no full stop", () => {
  expect(withoutFullStop("The disk is full.")).toBe("The disk is full");
  expect(withoutFullStop("It is at 1.5 GiB")).toBe("It is at 1.5 GiB");
});
