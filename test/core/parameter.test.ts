import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { parseJson } from "../../src/core/json.ts";
import { readInput } from "../../src/core/parameter.ts";
import { meantBy } from "../../src/core/spelling.ts";
import { NodeId } from "../../src/core/task.ts";
import { operations } from "../../src/operations/list.ts";
import { unsafe } from "../support/hostile.ts";

const Base64 = z.string().regex(/^\w*$/).describe("base64");

const Input = z.object({
  limit: z.number().int().min(1).max(1000).optional(),
  since: z.number().int().optional(),
  seconds: z.number().min(0).max(3600).optional(),
  budget: z.number().positive().nullable().optional(),
  post: z.boolean().optional(),
  name: z.string().min(1).max(8).optional(),
  target: z.enum(["human", "parent"]).optional(),
  needs: z.array(NodeId).max(3).optional(),
  options: z.array(z.string().max(200)).optional(),
  words: z.union([z.string().refine((text) => text.length < 9, "may have 8 letters"), z.array(z.string())]),
  schema: z.record(z.string(), z.unknown()).optional(),
  files: z
    .array(
      z.object({
        parts: z
          .array(z.object({ raw: Base64 }))
          .min(1)
          .max(9),
      }),
    )
    .optional(),
});
const read = (raw: object) => readInput(Input, { words: "w", ...raw });

describe("a value is brought to its type where it can mean only that", () => {
  test.each([
    [{ limit: "50" }, { limit: 50 }],
    [
      { limit: " 7 ", seconds: "0.5" },
      { limit: 7, seconds: 0.5 },
    ],
    [{ since: parseJson("12345678901234567890") }, { since: Number.MAX_SAFE_INTEGER }],
    [{ post: "true" }, { post: true }],
    [{ post: "No" }, { post: false }],
    [{ post: 1 }, { post: true }],
    [{ name: 2026 }, { name: "2026" }],
    [{ name: parseJson("12345678") }, { name: "12345678" }],
    [{ needs: "#2" }, { needs: [2] }],
    [{ needs: 2 }, { needs: [2] }],
    [{ needs: '["#2", 3]' }, { needs: [2, 3] }],
    [{ needs: "#2, #3" }, { needs: [2, 3] }],
    [{ options: "yes,no" }, { options: ["yes", "no"] }],
    [{ options: "only this one" }, { options: ["only this one"] }],
    [{ schema: '{"type":"object"}' }, { schema: { type: "object" } }],
    [{ words: 5 }, { words: "5" }],
  ])("%j", (given, wanted) => expect(read(given)).toEqual({ words: "w", ...wanted }));
});

describe("what does not fit is refused in a sentence that names the parameter", () => {
  test.each<[object, string]>([
    [{ limit: "abc" }, 'limit must be a whole number from 1 to 1000; it is "abc".'],
    [{ limit: 0 }, "limit must be a whole number from 1 to 1000; it is 0."],
    [{ limit: [1] }, "limit must be a whole number from 1 to 1000; it is a list of 1."],
    [{ seconds: 4000 }, "seconds must be a number from 0 to 3600; it is 4000."],
    [{ budget: -1 }, "budget must be a number above 0 or null; it is -1."],
    [{ post: "perhaps" }, 'post must be true or false; it is "perhaps".'],
    [{ name: "" }, "name must be a text of 1 to 8 characters; it is empty."],
    [{ name: "x".repeat(300) }, "name must be a text of 1 to 8 characters; it has 300 characters."],
    [{ name: {} }, "name must be a text of 1 to 8 characters; it is an object."],
    [{ target: "boss" }, 'target must be one of human, parent; it is "boss".'],
    [{ needs: ["#2", "two"] }, 'item 2 of needs must be a node id such as 4; it is "two".'],
    [
      { options: "Postgres, the one we have" },
      'options must be a list, each a text of up to 200 characters; it is "Postgres, the one we have".',
    ],
    [{ words: "much too long" }, "words may have 8 letters."],
    [
      { files: [{ parts: [{ raw: "AA" }, { raw: "@@" }] }] },
      'raw of item 2 of parts of item 1 of files must be base64; it is "@@".',
    ],
    [
      { files: [{ parts: [] }] },
      "parts of item 1 of files must be a list of 1 to 9, each an object; it is a list of 0.",
    ],
    [{ words: undefined }, "words is required: a text or a list, each a text."],
    [{ schema: "none" }, 'schema must be an object; it is "none".'],
    [
      { target: "\u001b]0;x\u0007\u202e" },
      String.raw`target must be one of human, parent; it is "\u001b]0;x\u0007\u202e".`,
    ],
  ])("%j", (given, sentence) => {
    expect(() => read(given)).toThrow(sentence);
    expect(sentence).not.toMatch(unsafe);
  });

  test("in the words of the door", () => {
    expect(() => readInput(Input, { words: "w", limit: "x" }, (field) => `--${field}`)).toThrow(
      /^--limit must be/,
    );
  });
});

/** The words of the library that holds the schemas: none of them is for a person or an agent. */
const zodsWords =
  /invalid|expected|received|too (?:big|small)|unrecognized|zod|>=|<=|\[object|undefined|NaN/i;

test.each(Object.entries(operations))("%s refuses each wrong value in cord's own words", (_, { input }) => {
  const wrong: unknown[] = [
    true,
    -1.5,
    1e300,
    parseJson("12345678901234567890"),
    "",
    "\u0000",
    "x".repeat(1_000_001),
    [],
    [{}],
    [[1]],
    { x: {} },
    Array.from({ length: 10_001 }, () => "word"),
    null,
  ];
  for (const field of Object.keys(input.shape)) {
    for (const value of wrong) {
      const said = refusal(() => readInput(input, { [field]: value }));
      if (said === null) continue;
      expect(said).not.toMatch(zodsWords);
      expect(said).toMatch(
        /^(?:(?:item \d+|[a-z_]+) of )*[a-zA-Z_.]+ (?:must be|is required:|may have) .+\.$/,
      );
      expect(said.length).toBeLessThan(400);
    }
  }
});

function refusal(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("a slip of the pen", () => {
  const known = ["id", "agent_id", "lease_seconds", "kind", "name", "payload", "priority"];
  test.each([
    ["paylod", "payload"],
    ["agent_ids", "agent_id"],
    ["nmae", "name"],
    ["lease_second", "lease_seconds"],
    ["piroirty", "priority"],
    ["kinds", "kind"],
  ])("%s is meant for %s", (word, name) => expect(meantBy(word, known)).toBe(name));

  test.each([
    "wait_for_previous",
    "random_string",
    "description",
    "_meta",
    "idx",
    "task_id",
    "reasoning",
    "x".repeat(9999),
  ])("%s is meant for nothing here", (word) => expect(meantBy(word, known)).toBeUndefined());
});
