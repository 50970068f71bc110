import { describe, expect, test } from "bun:test";
import { idKey, isJsonObject, parseJson } from "../../src/core/json.ts";

const again = (text: string) => JSON.stringify(parseJson(text));

describe("JSON as it was written", () => {
  test.each([
    "12345678901234567890",
    "-12345678901234567890",
    "9007199254740993",
    '[1,{"a":[9007199254740993]},98765432109876543210]',
    '{"__proto__":12345678901234567890}',
    "0.1234567890123456789",
    "1e-400",
    "1e100",
    `1${"0".repeat(300)}1`,
  ])("keeps %s", (text) => expect(again(text)).toBe(text));

  test.each([
    ["0.30000000000000004", 0.30000000000000004],
    ["9007199254740991", 9007199254740991],
    ["100000000000000000000", 1e20],
    ["1.0", 1],
    ["1e2", 100],
    [" 1764093273000 ", 1764093273000],
  ])("has %s as the number that it is", (text, number) => expect(parseJson<number>(text)).toBe(number));

  test.each([
    '"12345678901234567890"',
    '{"12345678901234567890":"1e400"}',
    String.raw`["\\",12345678901234567890,"\"1e400,","\\\"",98765432109876543210]`,
    '["a\\"b 12345678901234567890",1]',
  ])("leaves what is in a string of %s", (text) => expect(again(text)).toBe(text));

  test.each(["1e400", "-1e999", "[1E+400]", '{"a":1.5e309}', "1".repeat(400)])("refuses %s", (text) => {
    expect(() => parseJson(text)).toThrow(
      /^The number .{1,25} is too large for JSON\. Send it as a string\.$/,
    );
  });

  test.each([
    "{12345678901234567890:1}",
    "012345678901234567890",
    "[1 12345678901234567890]",
    "[12345678901234567890 12345678901234567890]",
    "12345678901234567890.",
    "x12345678901234567890",
    '"a 12345678901234567890',
    '["b" 12345678901234567890, "]',
    "1234567890-1234567890",
    "[1e400",
    '{"a" 1e400}',
    "",
  ])("takes %p for no JSON, as JSON.parse does", (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test.each([
    [String.raw`"\ud800"`, "�"],
    [String.raw`"a\uDC00b"`, "a�b"],
    [String.raw`"\ud83d\ude00"`, "😀"],
    [String.raw`"\ud83d\ud83d\ude00"`, "�😀"],
    [String.raw`"\\ud800"`, String.raw`\ud800`],
    [String.raw`"\\\ud800"`, "\\�"],
    ['"\ud800"', "�"],
  ])("makes %s well-formed", (text, value) => expect(parseJson<string>(text)).toBe(value));

  test("makes keys well-formed, and cannot be told by a string that it is a number", () => {
    expect(parseJson(String.raw`{"\ud800":"\ud80012345678901234567890","b":12345678901234567890}`)).toEqual({
      "�": "�12345678901234567890",
      b: JSON.rawJSON("12345678901234567890"),
    });
  });

  test("refuses what is nested without end", () => {
    const deep = `${"[".repeat(100_000)}12345678901234567890${"]".repeat(100_000)}`;
    expect(() => parseJson(deep)).toThrow("JSON may be nested 64 deep.");
  });
});

test("an exact number is no object, and is a key of its own", () => {
  const number = parseJson("12345678901234567890");
  expect(isJsonObject(number)).toBe(false);
  expect([number, "12345678901234567890", 1, "1"].map(idKey)).toEqual([
    "12345678901234567890",
    '"12345678901234567890"',
    "1",
    '"1"',
  ]);
});
