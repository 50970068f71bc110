import { z } from "zod";
import { CordError } from "./error.ts";
import { isExactNumber, isJsonObject, jsonIn } from "./json.ts";
import { plainJson } from "./text.ts";

/** What a parameter takes, as JSON Schema. */
export type Schema = z.core.JSONSchema.BaseSchema;

/**
 * Reads an input by its schema. A value of another type is converted where it can mean only one thing: "50" to 50,
 * "true" to true, 12 to "12", the JSON of a list or "a, b" to the list. Throws `invalid` for a value that does not
 * fit, in a sentence that names the parameter as the caller's surface writes it.
 */
export function readInput<Input extends z.ZodObject>(
  input: Input,
  raw: unknown,
  parameter: (field: string) => string = (field) => field,
): z.output<Input> {
  refuseLong(input, raw, parameter);
  const read = input.safeParse(raw);
  if (read.success) return read.data;
  const brought = fixed(input, raw, misfitsIn(read.error));
  refuseLong(input, brought, parameter);
  const second = input.safeParse(brought);
  if (second.success) return second.data;
  throw misfit(input, brought, second.error, parameter);
}

/** A list of more items than a parameter takes is refused before each of them is looked at. */
function refuseLong(input: z.ZodObject, raw: unknown, parameter: (field: string) => string): void {
  const field = isJsonObject(raw) ? longIn(input, raw) : undefined;
  if (field === undefined || !isJsonObject(raw)) return;
  const [name, wanted] = [parameter(field), describe(schemaOf(input, field))];
  throw misfitOf(name, `${name} must be ${wanted}; it ${shown(raw[field])}.`);
}

/** The field with a list of more items than it takes. */
function longIn(input: z.ZodObject, raw: Record<string, unknown>): string | undefined {
  for (const field in raw) {
    const value = raw[field];
    if (Array.isArray(value) && field in input.shape && value.length > maxItemsOf(schemaOf(input, field)))
      return field;
  }
  return undefined;
}

/** As readInput, but only as far as brings values to their types: what still does not fit stays as it is. */
export function broughtTo(input: z.ZodObject, raw: Record<string, unknown>): Record<string, unknown> {
  if (longIn(input, raw) !== undefined) return raw;
  // field by field: a call that leaves out what its session fills in is no error, which would take long to make
  const misfits = Object.keys(raw).filter(
    (field) => input.shape[field]?.safeParse(raw[field]).success === false,
  );
  return misfits.length === 0 ? raw : fixed(input, raw, misfits);
}

/** Whether a converted value has the parameter's type. Of its bounds only the minimum is checked. */
export function isOfType(schema: Schema, value: unknown): boolean {
  if (typeof value === "string" && schema.type === "string") return true;
  if (typeof value === "number" && schema.type === "number") return value >= (schema.minimum ?? value);
  const brought = typed(schema, value);
  const { minimum = Number.NEGATIVE_INFINITY, type } = schema;
  if (typeof brought === "number" && brought < minimum) return false;
  if (type === "integer") return Number.isInteger(brought);
  return alternatives(schema).some((one) => one.type === typeOf(brought));
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** What a field of an input takes. */
export function schemaOf(input: z.ZodObject, field: string): Schema {
  let schema = schemas.get(input);
  if (!schema) schemas.set(input, (schema = z.toJSONSchema(input, { io: "input" })));
  return asSchema(schema.properties?.[field]);
}

const schemas = new WeakMap<z.ZodObject, Schema>();

/** Whether a parameter takes values of this type. One of any JSON names none. */
export function takes(schema: Schema, type: "object" | "array"): boolean {
  return alternatives(schema).some((one) => one.type === type);
}

function alternatives(schema: Schema): readonly Schema[] {
  return schema.anyOf?.map(asSchema) ?? [schema];
}

function asSchema(schema: Schema | boolean | undefined): Schema {
  return typeof schema === "object" ? schema : {};
}

function misfitsIn({ issues }: z.ZodError): string[] {
  return issues.map(({ path }) => String(path[0]));
}

/** The input with these of its fields, which do not fit, brought to their types. */
function fixed<Raw>(input: z.ZodObject, raw: Raw, misfits: readonly string[]): Raw {
  if (!isJsonObject(raw)) return raw;
  const brought = { ...raw };
  for (const field of misfits)
    if (field in raw) Reflect.set(brought, field, typed(schemaOf(input, field), raw[field]));
  return brought;
}

function typed(schema: Schema, value: unknown): unknown {
  const types = new Set(alternatives(schema).map(({ type }) => type));
  const text = wordOf(value);
  if (types.has("string")) return text ?? value;
  if (types.has("integer") || types.has("number")) return numberOf(text, value, types.has("integer"));
  if (types.has("boolean")) return words.get(text?.trim().toLowerCase() ?? "") ?? value;
  if (types.has("array")) return listOf(asSchema(itemsOf(schema)), maxItemsOf(schema), value);
  return types.has("object") && text !== null ? (jsonIn(text) ?? value) : value;
}

/** A text, a number or a boolean as it would be written; null for anything else. */
function wordOf(value: unknown): string | null {
  if (isExactNumber(value)) return value.rawJSON;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : null;
}

/** A count is capped at the largest integer that JavaScript holds exactly: old clients ask for any number. */
function numberOf(text: string | null, value: unknown, counts: boolean): unknown {
  const number = text !== null && decimal.test(text) ? Number(text) : value;
  if (typeof number !== "number" || !counts || !Number.isInteger(number)) return number;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, number));
}

const decimal = /^\s{0,9}[+-]?\d{1,20}(?:\.\d{1,20})?\s{0,9}$/;

const words: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

/** As many items as a list may have. */
function maxItemsOf(schema: Schema): number {
  return alternatives(schema).find(({ type }) => type === "array")?.maxItems ?? Infinity;
}

function itemsOf(schema: Schema): Schema | boolean | undefined {
  const items = alternatives(schema).find(({ type }) => type === "array")?.items;
  return Array.isArray(items) ? items[0] : items;
}

/** Words between commas are several; a comma within a sentence is not for us to judge. */
function listOf(items: Schema, max: number, value: unknown): unknown {
  const text = wordOf(value);
  const given = text === null ? value : (jsonIn(text) ?? wordsIn(text, max));
  if (!Array.isArray(given) || given.length > max) return given;
  return given.map((item: unknown) => (fits(items, item) ? item : typed(items, item)));
}

function fits({ type }: Schema, value: unknown): boolean {
  return type === undefined || typeof value === type;
}

/** A text with more words than the list may have stays a text: it is not searched to its end. */
function wordsIn(text: string, max: number): unknown {
  const found = text.split(",", Math.min(max, maxWords) + 1);
  if (found.length > Math.min(max, maxWords)) return text;
  const parts = found.map((part) => part.trim());
  if (parts.length === 1) return [text.trim()];
  return parts.every((part) => part !== "" && !/\s/.test(part)) ? parts : text;
}

const maxWords = 10_000;

function misfit(
  input: z.ZodObject,
  raw: unknown,
  { issues }: z.ZodError,
  parameter: (field: string) => string,
): CordError {
  const [issue] = issues;
  if (!issue || issue.path.length === 0)
    return new CordError("invalid", "The parameters must be given by name, in an object.");
  const [field = "", ...rest] = issue.path;
  const top = parameter(String(field));
  const name = rest.reduce<string>(within, top);
  const ours = ownWords(issue);
  if (ours !== undefined) return misfitOf(top, `${name} ${ours}.`);
  const at = schemaAt(schemaOf(input, String(field)), rest);
  const wanted = describe(at);
  const value = valueAt(raw, issue.path);
  if (value === undefined) return misfitOf(top, `${name} is required: ${wanted}.`);
  return misfitOf(top, `${name} must be ${wanted}; it ${shown(value, at)}.`);
}

/** As in `options.jobs`, `item 2 of needs`, `raw of item 1 of parts of item 2 of artifacts`. */
function within(name: string, key: PropertyKey): string {
  if (typeof key === "number") return `item ${key + 1} of ${name}`;
  return name.includes(" of ") ? `${String(key)} of ${name}` : `${name}.${String(key)}`;
}

/** The parameter's name is in the error's data too: a command has a flag of its own for it. */
function misfitOf(parameter: string, sentence: string): CordError {
  return new CordError("invalid", sentence, { data: { parameter } });
}

/** What a schema of ours says itself of a value, as `may have 64 words`. */
function ownWords(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === "custom") return issue.message;
  if (issue.code !== "invalid_union") return undefined;
  return issue.errors.flat().find(({ code }) => code === "custom")?.message;
}

function schemaAt(schema: Schema, path: readonly PropertyKey[]): Schema {
  return path.reduce<Schema>(
    (at, key) => asSchema(typeof key === "number" ? itemsOf(at) : at.properties?.[String(key)]),
    schema,
  );
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    raw,
  );
}

/** As in `a whole number from 1 to 1000`. */
function describe(schema: Schema): string {
  if (schema.enum) return `one of ${schema.enum.map(String).join(", ")}`;
  const several = schema.anyOf?.map((one) => describe(asSchema(one)));
  if (several) return several.join(" or ");
  switch (schema.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `a whole number${range(schema)}`;
    case "number":
      return `a number${range(schema)}`;
    case "string":
      return schema.pattern === undefined ? `a text${length(schema)}` : (schema.description ?? "a text");
    case "array":
      return `a list${items(schema)}, each ${describe(asSchema(itemsOf(schema)))}`;
    case "object":
      return "an object";
    case "null":
      return "null";
    default:
      return "any JSON";
  }
}

function range({ minimum, maximum, exclusiveMinimum }: Schema): string {
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  const [min, max] = [bound(minimum), bound(maximum)];
  if (min === undefined) return max === undefined ? "" : ` of ${max} or less`;
  return max === undefined ? ` of ${min} or more` : ` from ${min} to ${max}`;
}

/** The ends of what JavaScript counts exactly are no bounds worth a word. */
function bound(number: number | undefined): number | undefined {
  return number !== undefined && Math.abs(number) < Number.MAX_SAFE_INTEGER ? number : undefined;
}

function length({ minLength = 0, maxLength }: Schema): string {
  if (maxLength === undefined) return minLength > 0 ? " that is not empty" : "";
  return minLength > 0 ? ` of ${minLength} to ${maxLength} characters` : ` of up to ${maxLength} characters`;
}

function items({ minItems = 0, maxItems }: Schema): string {
  if (maxItems === undefined) return minItems > 0 ? " that is not empty" : "";
  return minItems > 0 ? ` of ${minItems} to ${maxItems}` : ` of up to ${maxItems}`;
}

/** How a value is told back: never at length, and with nothing in it that a terminal would obey. */
function shown(value: unknown, { maxLength = maxShown }: Schema = {}): string {
  if (value === "") return "is empty";
  if (typeof value === "string")
    return value.length > Math.min(maxShown, maxLength)
      ? `has ${value.length} characters`
      : `is ${plainJson(value)}`;
  if (isExactNumber(value)) return `is ${value.rawJSON.slice(0, maxShown)}`;
  if (Array.isArray(value)) return `is a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "is an object" : `is ${String(value)}`;
}

const maxShown = 80;
