import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { operations } from "../../src/operations/list.ts";
import type { Operation } from "../../src/operations/operation.ts";
import { root, sourcesIn } from "../support/source.ts";

/**
 * What an endpoint must know of an operation stands in its definition. An endpoint that asks which one it is, by the name of
 * it or of its tool, would miss the next.
 */

const names = Object.entries(operations).flatMap(([name, { tool }]: [string, Operation]) =>
  tool ? [name, tool.name] : [name],
);
const word = `"(?:${names.join("|")})"`;
/** A comparison, a case, a look into a set or a list, and a list or a table of names. */
const asked = new RegExp(
  `(?:[=!]==\\s*|\\bcase\\s+|\\.(?:has|includes)\\()${word}|${word}\\s*(?:[=!]==)|(?<!\\w)\\[\\s*${word}\\s*[,\\]]|^\\s*${word}(?:,$|:\\s)`,
  "m",
);
/**
 * The card of the board before this one names its skills, whose ids are its methods; A2A 0.3 has methods of the same names; and a hook
 * at the end of a turn is called stop, as a tool is.
 */
const except = new Set(["src/server/a2a/card.ts", "src/server/a2a/legacy.ts", "src/server/mcp/hook-call.ts"]);

test("no endpoint asks for an operation by its name", () => {
  const found = sourcesIn("src/server").flatMap(({ path }) => {
    const text = readFileSync(join(root, path), "utf8").replaceAll(/operations\["[^"]+"\]/g, "operations[]");
    const [match] = asked.exec(text) ?? [];
    return match === undefined || except.has(path) ? [] : [`${path}: ${match.trim()}`];
  });
  expect(found).toEqual([]);
});

test.each([
  'if (operation.name === "tasks/claim") keep();',
  'switch (name) {\n  case "tasks_claim":',
  'const endings = new Set([\n  "tasks/complete",\n  "tasks/fail",\n]);',
  'const tolerated = {\n  "tasks/send": ["kind"],\n};',
])("and one that does is found: %j", (text) => expect(text).toMatch(asked));
