import type { z } from "zod";
import { operations } from "../../src/operations/list.ts";

/** A call that asks for as much work as its size allows, and what is bad about it. */
export interface WorstInput {
  method: string;
  what: string;
  params: Record<string, unknown>;
}

/** What a body of 1 MiB leaves room for, beside the call around it. */
const room = 1_040_000;

/** A small schema that asks for 2^depth steps. */
function doubling(depth: number): object {
  const definitions = Array.from({ length: depth }, (_, at) => {
    const next = { $ref: `#/$defs/d${at + 1}` };
    return [`d${at}`, { allOf: [next, next] }];
  });
  return { $ref: "#/$defs/d0", $defs: Object.fromEntries([...definitions, [`d${depth}`, {}]]) };
}

function repeated(text: string): string {
  return text.repeat(Math.floor(room / Math.max(1, Buffer.byteLength(JSON.stringify(text)) - 2)));
}

function listOf(make: (at: number) => unknown): unknown[] {
  const each = JSON.stringify(make(999_999)).length + 1;
  return Array.from({ length: Math.floor(room / each) }, (_, at) => make(at));
}

function nested(depth: number, inner: unknown): unknown {
  let value = inner;
  for (let at = 0; at < depth; at += 1) value = [value];
  return value;
}

/** Values that have brought programs of this kind to a halt, each about as large as a body may be. */
export const worstValues: readonly [string, () => unknown][] = [
  ["one long word", () => repeated("a")],
  ["an almost-pattern", () => `${repeated("a")}!`],
  ["spaces", () => repeated(" ")],
  ["blank lines", () => repeated("\n")],
  ["a fence of blank lines", () => `\`\`\`json\n${repeated("\n").slice(0, room / 2 - 100)}x`],
  ["back-ticks", () => repeated("`")],
  ["brackets", () => repeated("[[")],
  ["wikilinks", () => repeated("[[a|b]]")],
  ["escapes", () => repeated("\u001b]0;")],
  ["bidi marks", () => repeated("\u202e")],
  ["combining marks", () => repeated("e\u0301\u0323")],
  ["letters that grow when folded", () => repeated("\ufdfa")],
  ["commas", () => repeated(",")],
  ["half a million words", () => repeated("ab,")],
  ["different words", () => listOf((at) => `w${at}`).join(",")],
  ["different states", () => repeated("pending,claimed,")],
  ["JSON in a string, deep", () => repeated("[").slice(0, room / 2)],
  ["JSON in a string, wide", () => `[${repeated("1,")}1]`],
  ["digits", () => repeated("9")],
  ["a number of many digits", () => `1${"0".repeat(400)}`],
  ["a list of words", () => listOf((at) => `w${at}`)],
  ["a list of numbers", () => listOf((at) => at)],
  ["a list of one word", () => listOf(() => "pending")],
  ["a list of nulls", () => listOf(() => null)],
  ["a list of objects", () => listOf((at) => ({ at }))],
  ["a list of empty lists", () => listOf(() => [])],
  ["many short prefixes", () => listOf((at) => at.toString(16).padStart(4, "0"))],
  [
    "an object of many fields",
    () => Object.fromEntries(listOf((at) => [`k${at}`, at]) as [string, unknown][]),
  ],
  [
    "deep lists",
    () =>
      nested(
        60,
        listOf(() => 1),
      ),
  ],
  ["a doubling schema", () => doubling(60)],
  ["a wide schema", () => ({ anyOf: listOf((at) => ({ const: at })) })],
  ["a schema without repeats", () => ({ uniqueItems: true })],
  ["a pattern in a list", () => ({ type: "string", pattern: ["^(a+)+$"] })],
  [
    "prototype names",
    () => Object.fromEntries(listOf((at) => [`__proto__${at}`, {}]) as [string, unknown][]),
  ],
  ["a huge number", () => 1e308],
  ["below nothing", () => -1e308],
];

/** All operations but the one that does end the daemon. */
export const tried = Object.entries(operations).filter(([method]) => method !== "daemon/stop");

/** Of a parameter that other operations have too, and of one that there is not, these are enough. */
const few: ReadonlySet<string> = new Set([
  "one long word",
  "a list of empty lists",
  "an object of many fields",
]);

/** The fields of an operation whose schema no earlier one has: what several take by one and the same has all values once. */
const newFields: ReadonlyMap<string, ReadonlySet<string>> = (() => {
  const seen = new Set<z.ZodType>();
  return new Map(
    tried.map(([method, { input }]) => {
      const fields = Object.entries<z.ZodType>(input.shape).filter(([, type]) => !seen.has(type));
      for (const [, type] of fields) seen.add(type);
      return [method, new Set(fields.map(([field]) => field))];
    }),
  );
})();

/** An operation with these values in each of its parameters, the others as `valid` has them. */
export function* worstInputs(
  [method, { input }]: (typeof tried)[number],
  valid: Readonly<Record<string, unknown>>,
): Generator<WorstInput> {
  const fields = Object.keys(input.shape);
  const others = Object.fromEntries(
    fields.flatMap((field) => (field in valid ? [[field, valid[field]]] : [])),
  );
  for (const field of [...fields, "nothing_it_has"]) {
    const isNew = newFields.get(method)?.has(field) === true;
    for (const [what, make] of worstValues) {
      if (isNew || few.has(what))
        yield { method, what: `${field}: ${what}`, params: { ...others, [field]: make() } };
    }
  }
}
