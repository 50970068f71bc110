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
  const each = JSON.stringify(make(99_999)).length + 1;
  return Array.from({ length: Math.floor(room / each) }, (_, at) => make(at));
}

function nested(depth: number, inner: unknown): unknown {
  let value = inner;
  for (let at = 0; at < depth; at += 1) value = [value];
  return value;
}

/** Values that have brought programs of this kind to a halt, each about as large as a body may be. */
const values: readonly [string, () => unknown][] = [
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

/** Every operation with each of these values in each of its parameters, the others as `usual` has them. */
export function* worstInputs(usual: Readonly<Record<string, unknown>>): Generator<WorstInput> {
  for (const [method, { input }] of Object.entries(operations)) {
    const shape: Record<string, z.ZodType> = input.shape;
    const others = Object.fromEntries(
      Object.keys(shape).flatMap((field) => (field in usual ? [[field, usual[field]]] : [])),
    );
    for (const field of [...Object.keys(shape), "nothing that it has"]) {
      for (const [what, make] of values) {
        const value = make();
        yield { method, what: `${field}: ${what}`, params: { ...others, [field]: value } };
      }
    }
  }
}
