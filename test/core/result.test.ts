import { describe, expect, test } from "bun:test";
import {
  checkForm,
  coerceReturns,
  describeReturns,
  ReturnType,
  schemaConflict,
  schemaRefusal,
} from "../../src/core/result.ts";
import { schemaMisfit, schemaProblem } from "../../src/core/result-schema.ts";

type Row = [type: ReturnType, given: unknown, kept: unknown];

const fits: Row[] = [
  ["text", "an answer", "an answer"],
  ["text", "  kept as it is\n", "  kept as it is\n"],
  ["text", { a: 1 }, '{"a":1}'],
  ["text", 0, "0"],
  ["text", false, "false"],
  ["boolean", true, true],
  ["boolean", false, false],
  ["boolean", "true", true],
  ["boolean", " No. ", false],
  ["list", [], []],
  ["list", [1, "two"], [1, "two"]],
  ["list", "[1,2]", [1, 2]],
  ["list", '```json\n["a"]\n```', ["a"]],
  ["structured", { a: 1 }, { a: 1 }],
  ["structured", '{"a":1}', { a: 1 }],
  ["structured", '```\n{"a":1}\n```', { a: 1 }],
  ["file", " report.md ", "report.md"],
  ["approval", { approved: true, comment: "fine" }, { approved: true, comment: "fine" }],
  ["approval", '{"approved":false}', { approved: false }],
];

const misfits: [ReturnType, unknown][] = [
  ["text", ""],
  ["text", null],
  ["text", undefined],
  ["boolean", "perhaps"],
  ["boolean", 1],
  ["boolean", null],
  ["boolean", {}],
  ["list", "a, b, c"],
  ["list", { 0: "a" }],
  ["list", null],
  ["list", 5],
  ["structured", "prose"],
  ["structured", [1]],
  ["structured", null],
  ["structured", 5],
  ["structured", "null"],
  ["file", ""],
  ["file", "  "],
  ["file", "a\nb"],
  ["file", { path: "a" }],
  ["file", null],
  ["approval", "perhaps"],
  ["approval", { approved: "yes" }],
  ["approval", {}],
  ["approval", null],
];

describe("a result", () => {
  test.each(fits)("that fits %s is kept in its form: %j", (type, given, kept) => {
    expect(checkForm(type, false, given)).toMatchObject({ ok: true, value: kept });
  });

  test.each(misfits)("that does not fit %s is refused, saying what would: %j", (type, given) => {
    const checked = checkForm(type, false, given);
    expect(checked.ok).toBe(false);
    if (!checked.ok) {
      expect(checked.problem).toContain(`returns=${type}`);
      expect(checked.problem).toContain("Call complete again");
    }
  });

  test.each([
    ["a fence of blank lines", `\`\`\`json\n${"\n".repeat(500_000)}x`],
    ["a fence of spaces", `\`\`\`${" \n".repeat(250_000)}x`],
    ["a list nested without end", "[".repeat(400_000)],
    ["a list nested too deep", `${"[".repeat(65)}${"]".repeat(65)}`],
  ])("of text that only looks like JSON is read once: %s", (_, given) => {
    expect(checkForm("list", false, given)).toMatchObject({ ok: false });
    expect(checkForm("text", false, given)).toEqual({ ok: true, value: given });
  });

  test("of type file names the file to look for", () => {
    expect(checkForm("file", false, "a.md")).toEqual({ ok: true, value: "a.md", file: "a.md" });
  });
});

describe("a schema", () => {
  const schema = {
    type: "object",
    required: ["name", "score"],
    properties: { name: { type: "string" }, score: { type: "number", minimum: 0, maximum: 10 } },
  };

  test("lets a result through that fits", () => {
    expect(schemaMisfit("structured", schema, { name: "a", score: 3 })).toBeNull();
  });

  test.each([
    ["a missing field", { name: "a" }, "score"],
    ["a wrong type", { name: 1, score: 3 }, "name"],
    ["a number out of bounds", { name: "a", score: 11 }, "score"],
  ])("refuses %s and says where", (_, given, where) => {
    expect(schemaMisfit("structured", schema, given)).toContain(where);
  });

  test("is held against a list too", () => {
    const strings = { type: "array", items: { type: "string" } };
    expect(schemaMisfit("list", strings, ["a"])).toBeNull();
    expect(schemaMisfit("list", strings, ["a", 1])).toContain("returns=list");
  });

  test.each([
    ["a pattern", { type: "string", pattern: "(a+)+$" }],
    ["a pattern that is a list", { type: "string", pattern: ["(a+)+$"] }],
    ["a pattern that is a number", { type: "string", pattern: 1 }],
    ["a pattern far down", { properties: { deep: { items: { pattern: "x" } } } }],
    ["patterns of names", { patternProperties: { "(a+)+$": {} } }],
  ])("with %s is refused: matching it could take for ever", (_, refused) => {
    expect(schemaRefusal(refused)).toContain("pattern");
  });

  test("that is too long, or is none, is not taken", () => {
    expect([schemaRefusal(schema), schemaProblem(schema)]).toEqual([null, null]);
    expect(schemaRefusal({ description: "x".repeat(20_001) })).toContain("20,000");
    expect(schemaProblem({ $ref: "#/definitions/none" })).toBe(
      "the schema is not a usable JSON Schema: its $ref #/definitions/none names nothing in it",
    );
  });

  test.each<[ReturnType, unknown, string]>([
    ["structured", "integer", "the schema asks for integer"],
    ["structured", ["string", "null"], "the schema asks for string or null"],
    ["list", "object", "the schema asks for object"],
    ["structured", "strnig", 'the schema\'s type "strnig" is none of object, array,'],
    ["list", 5, "the schema's type 5 is none of"],
  ])("that no result of %s fits, since its type is %j, is told as such", (type, named, said) => {
    expect(schemaConflict(type, { type: named })).toContain(said);
  });

  test("that a result may fit is taken", () => {
    const taken: [ReturnType, unknown][] = [
      ["structured", "object"],
      ["structured", "array"],
      ["structured", undefined],
      ["list", ["array", "null"]],
      ["text", "string"],
      ["boolean", "boolean"],
    ];
    for (const [type, named] of taken) expect(schemaConflict(type, { type: named })).toBeNull();
  });

  test("may name a field pattern", () => {
    expect(schemaRefusal({ properties: { pattern: { type: "string" } } })).toBeNull();
  });
});

describe("returns", () => {
  test.each([
    [undefined, "text", null],
    ["", "text", null],
    [" Boolean ", "boolean", null],
    ["json", "structured", null],
    ["a table of names", "text", "a table of names"],
    ["constructor", "text", "constructor"],
    ["toString", "text", "toString"],
    ["__proto__", "text", "__proto__"],
  ])("%p is read as %s", (word, type, description) => {
    expect(coerceReturns(word)).toEqual({ type: ReturnType.parse(type), description });
  });

  test("are described with the schema they must fit", () => {
    for (const type of ReturnType.options) expect(describeReturns(type, null)).not.toBe("");
    expect(describeReturns("structured", { type: "object" })).toContain('"type": "object"');
  });
});
