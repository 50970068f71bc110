import { expect, test } from "bun:test";
import { nestsDeeper } from "../../src/core/nesting.ts";

test.each([
  ["nothing", "1", 0, false],
  ["a list", "[]", 0, true],
  ["lists beside each other", "[[],[],[]]", 2, false],
  ["one deeper", "[[],[[]]]", 2, true],
  ["objects in lists", '[{"a":[{"b":1}]}]', 4, false],
  ["objects in lists, one deeper", '[{"a":[{"b":[]}]}]', 4, true],
  ["brackets in a string", '["[[[[{{{{"]', 1, false],
  ["a string that seems to end", String.raw`["\"[[[[\\",[]]`, 2, false],
  ["a string with an end behind a backslash", String.raw`["\\",[[]]]`, 2, true],
  ["a string that never ends", '["[[[[', 1, false],
  ["a million lists", "[".repeat(1_000_000), 64, true],
])("%s", (_, text, limit, deeper) => {
  expect(nestsDeeper(text, limit)).toBe(deeper);
});
