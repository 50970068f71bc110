import { expect, test } from "bun:test";
import { z } from "zod";
import type { Schema } from "../../src/core/parameter.ts";
import { operations } from "../../src/operations/list.ts";

/** Fields that hold a word which programs compare, wherever they stand in an answer. */
const words = new Set([
  "status",
  "state",
  "standing",
  "phase",
  "type",
  "limit_hit",
  "exit",
  "target",
  "returns",
]);

interface Field {
  at: string;
  schema: Schema;
}

type Part = Schema | boolean;

/** The fields of a schema that hold such a word, each with its way from the top. */
function wordsIn(schema: Part, at: string): Field[] {
  if (typeof schema === "boolean") return [];
  const { properties = {}, items = [], additionalProperties = [], $defs = {} } = schema;
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([name, one]) => {
    // it is as its caller wrote it: several words, in one text or a list
    if (name === "filter") return [];
    const isWord = words.has(name) && typeof one !== "boolean";
    return [...(isWord ? [{ at: `${at}.${name}`, schema: one }] : []), ...wordsIn(one, `${at}.${name}`)];
  });
  const parts = [items, additionalProperties, Object.values($defs), anyOf, oneOf, allOf].flat();
  return [...own, ...parts.flatMap((one) => wordsIn(one, at))];
}

/** Whether it takes only words that are listed, or null. */
function isListed({ enum: listed, const: only, anyOf, type }: Schema): boolean {
  if (listed || only !== undefined || type === "null") return true;
  return anyOf?.every((one) => typeof one === "object" && isListed(one)) === true;
}

test("the words that programs compare are listed in every answer", () => {
  const found = Object.entries(operations).flatMap(([name, { output }]) =>
    wordsIn(z.toJSONSchema(output, { io: "output", unrepresentable: "any" }), name),
  );
  expect(found.map(({ at }) => at)).toEqual(
    expect.arrayContaining([
      "runs/get.nodes.status",
      "runs/get.nodes.phase",
      "runs/get.nodes.type",
      "runs/get.nodes.question.target",
      "runs/get.run.limit_hit",
      "runs/list.standing",
      "runs/result.state",
      "nodes/read.attempts.state",
      "nodes/read.attempts.phase",
      "nodes/read.returns",
      "nodes/tree.status",
      "nodes/claim.nodes.brief.phase",
      "nodes/claim.nodes.brief.returns",
      "nodes/claim.nodes.brief.children.status",
      "tasks/list.state",
      "tasks/get.returns",
    ]),
  );
  expect(found.filter(({ schema }) => !isListed(schema)).map(({ at }) => at)).toEqual([]);
});

test("and so are those in what an engine reports", () => {
  const report = operations["runs/report"].input.shape.attempts.element;
  expect(report.safeParse({ node_id: "1", epoch: 1, ended: true, exit: "silent" }).success).toBe(true);
  expect(report.safeParse({ node_id: "1", epoch: 1, ended: true, exit: "asleep" }).success).toBe(false);
  const failed = operations["nodes/fail"].input;
  const given = { run_id: "r", node_id: "1", epoch: 1, reason: "it broke" };
  expect(failed.safeParse({ ...given, limit: "total budget" }).success).toBe(true);
  expect(failed.safeParse({ ...given, limit: "patience" }).success).toBe(false);
});
