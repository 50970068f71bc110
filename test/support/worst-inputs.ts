import { z } from "zod";
import { readInput } from "../../src/core/parameter.ts";
import { operations } from "../../src/operations/list.ts";

/** A value that asks for as much work as its size allows, and what is bad about it. */
export interface WorstValue {
  what: string;
  value: unknown;
  /** its JSON: made once, since a hundred times as much of it would take longer than what is tested */
  json: string;
}

/** Parameters of an operation, with the hole where this value stands in one of them. */
export interface WorstInput {
  method: string;
  what: string;
  params: Record<string, unknown>;
  value: WorstValue;
}

/** Stands in a body for a worst value. */
export const hole = "here stands the worst value";

/** The JSON of a body, with the value where its hole is. */
export function filled(body: unknown, { json }: WorstValue): string {
  return JSON.stringify(body).replace(JSON.stringify(hole), () => json);
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

/** Have brought programs of this kind to a halt; each about as large as a body may be. */
const makers: readonly [string, () => unknown][] = [
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

export const worstValues: readonly WorstValue[] = makers.map(([what, make]) => {
  const value = make();
  return { what, value, json: JSON.stringify(value) };
});

/** All operations but the one that does end the daemon. */
export const tried = Object.entries(operations).filter(([method]) => method !== "daemon/stop");

/** Tried in each operation, whether it works on them as others do or not, and of a parameter that there is not. */
const few: ReadonlySet<string> = new Set([
  "one long word",
  "a list of empty lists",
  "an object of many fields",
]);

/** By what a schema is made of, whether it refuses a value. */
const refusals = new Map<unknown, Map<WorstValue, boolean>>();

/**
 * For each operation, the values that are tried in its fields: those that no earlier operation gives the same work, and a few
 * that its own fields before have not. What several take by one and the same schema has all values once. What a schema
 * refuses goes no further than that schema, whatever it is called there and whether it may be left out; and what is refused
 * before its content counts is the same for all schemas of one type.
 */
const worth: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<WorstValue>>> = (() => {
  const isNew = newOnce();
  return new Map(
    tried.map(([method, { input }]) => {
      const isNewHere = newOnce();
      const isWorth = (type: z.ZodType, value: WorstValue) => {
        const work = workOf(type, value);
        const [anywhere, here] = [isNew(value, work), isNewHere(value, work)];
        return anywhere || (few.has(value.what) && (here || work === type));
      };
      const fields = Object.entries<z.ZodType>(input.shape);
      const values = ([field, type]: (typeof fields)[number]) =>
        [field, new Set(worstValues.filter((value) => isWorth(type, value)))] as const;
      return [method, new Map(fields.map(values))];
    }),
  );
})();

/** Says of each value and work whether it is asked about them for the first time. */
function newOnce(): (value: WorstValue, work: unknown) => boolean {
  const seen = new Map<WorstValue, Set<unknown>>();
  return (value, work) => {
    const works = seen.get(value) ?? new Set();
    seen.set(value, works);
    if (works.has(work)) return false;
    works.add(work);
    return true;
  };
}

/** The same for two fields that work on a value in the same way; the type of the field where it is let in. */
function workOf(type: z.ZodType, value: WorstValue): unknown {
  const schema = bare(type);
  if (!isRefused(schema, value)) return type;
  return isRefusedUnread(schema, value) ? schema.def.type : schema.def;
}

/** A schema without what may stand around it, none of which looks at a value that is there. */
function bare(type: z.ZodType): z.ZodType {
  const isAround =
    type instanceof z.ZodOptional || type instanceof z.ZodNullable || type instanceof z.ZodDefault;
  const inner = isAround ? type.unwrap() : null;
  return inner instanceof z.ZodType ? bare(inner) : type;
}

/** Whether it is of another type, too long, or none of the words that there are: that is told without reading it. */
function isRefusedUnread(schema: z.ZodType, { value }: WorstValue): boolean {
  switch (schema.def.type) {
    case "string":
      return typeof value === "object" || (typeof value === "string" && looksAtLengthOnly(schema));
    case "enum":
      return typeof value !== "number";
    case "number":
    case "boolean":
      // a text is searched for the few that mean a number or a truth, by the same code for each
      return typeof value !== "number";
    case "array":
      return typeof value === "object" && !Array.isArray(value);
    default:
      return false;
  }
}

function looksAtLengthOnly({ def }: z.ZodType): boolean {
  return !("format" in def) && def.checks?.every(isOfLength) === true;
}

function isOfLength(check: z.core.$ZodCheck<never>): boolean {
  return check instanceof z.core.$ZodCheckMaxLength || check instanceof z.core.$ZodCheckMinLength;
}

/** As an operation reads it. */
function isRefused(schema: z.ZodType, value: WorstValue): boolean {
  const { def } = schema;
  const known = refusals.get(def) ?? new Map<WorstValue, boolean>();
  refusals.set(def, known);
  const refused = known.get(value) ?? throws(() => readInput(z.object({ it: schema }), { it: value.value }));
  known.set(value, refused);
  return refused;
}

function throws(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

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
    const values = worth.get(method)?.get(field) ?? worstValues.filter(({ what }) => few.has(what));
    for (const value of values)
      yield { method, what: `${field}: ${value.what}`, params: { ...others, [field]: hole }, value };
  }
}
