import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ResultSchema } from "../../../src/core/result.ts";
import { createSchemaChecks } from "../../../src/server/threads/schema-checks.ts";

let checks: ReturnType<typeof createSchemaChecks>;
beforeAll(() => void (checks = createSchemaChecks()));
afterAll(() => checks.stop());

/** A small schema that asks for 2^depth steps: each definition names the next one twice. */
function doubling(depth: number): ResultSchema {
  const definitions = Array.from({ length: depth }, (_, at) => {
    const next = { $ref: `#/$defs/d${at + 1}` };
    return [`d${at}`, { allOf: [next, next] }];
  });
  const last = [`d${depth}`, { type: ["object", "null"] }];
  return { $ref: "#/$defs/d0", $defs: Object.fromEntries([...definitions, last]) };
}

const names = { type: "object", required: ["name"], properties: { name: { type: "string" } } };

const endless: [string, () => Promise<string | null>][] = [
  ["a schema whose parts double", () => checks.problem(doubling(40))],
  ["a result under a schema whose parts double", () => checks.misfit("structured", doubling(40), {})],
  [
    "a list of 40,000 that has to be without repeats",
    () =>
      checks.misfit(
        "list",
        { uniqueItems: true },
        Array.from({ length: 40_000 }, (_, at) => ({ at })),
      ),
  ],
];

test.each(endless)("%s is given up, and the loop turns meanwhile", async (_, ask) => {
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 5);
  try {
    expect(await ask()).toContain("longer than 250 ms");
  } finally {
    clearInterval(turning);
  }
  expect(turns).toBeGreaterThan(3);
});

test("after one that was given up, the next ones are answered, each its own", async () => {
  const [given, first, second, third] = await Promise.all([
    checks.problem(doubling(40)),
    checks.misfit("structured", names, { name: "a" }),
    checks.misfit("structured", names, {}),
    checks.problem(names),
  ]);
  expect(given).toContain("longer than 250 ms");
  expect([first, third]).toEqual([null, null]);
  expect(second).toContain('"name"');
});

test("a schema that refers to itself without end is refused, and brings nothing down", async () => {
  const loop = { $ref: "#" };
  expect(await checks.problem(loop)).toContain("not a usable JSON Schema");
  expect(await checks.misfit("structured", loop, {})).toContain("cannot be applied");
  expect(await checks.problem(names)).toBeNull();
});

test("no more wait than are answered soon: the others are told to call again", async () => {
  const asked = Array.from({ length: 80 }, () =>
    checks.problem(names).catch((error: unknown) => String(error)),
  );
  const answers = await Promise.all(asked);
  expect(answers.filter((answer) => answer === null)).toHaveLength(64);
  expect(answers.filter((answer) => answer?.includes("Call again"))).toHaveLength(16);
});
