import { CordError } from "./error.ts";
import { nestingLimit, nestsDeeper } from "./nesting.ts";

/** A number that JavaScript would round, as it was written. JSON.stringify writes it back so. */
export interface ExactNumber {
  readonly rawJSON: string;
}

declare global {
  /** ECMAScript's JSON.parse source text access, which TypeScript does not know yet. */
  interface JSON {
    rawJSON(text: string): ExactNumber;
    isRawJSON(value: unknown): value is ExactNumber;
  }
}

/**
 * Parses JSON whose shape the caller checks. It differs from JSON.parse in two ways: a number that JSON.parse would
 * round (an integer over 2^53, a decimal with many digits) becomes an ExactNumber, and half a surrogate pair in a
 * string or key becomes U+FFFD. Runs in linear time. Throws SyntaxError for invalid JSON, and `invalid` for a number
 * that overflows, such as 1e400.
 */
export function parseJson<Shape = unknown>(text: string): Shape {
  const whole = wellFormed(text);
  return longNumber.test(whole) ? exactly<Shape>(whole) : JSON.parse(whole);
}

/** What a text is JSON of, as parseJson reads it; undefined if it is none. */
export function tryParseJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The object or the list that a text is JSON of; undefined if it is none, or nested too deep. */
export function jsonIn(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text) || nestsDeeper(text, nestingLimit)) return undefined;
  const value = tryParseJson(text);
  return typeof value === "object" && value !== null ? value : undefined;
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return JSON.isRawJSON(value);
}

/** An object of JSON: not null, no list, and no number. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/**
 * A JSON-RPC id as a key: 1 and "1" are different calls, and so are two ids over 2^53 that JavaScript would round to
 * one number.
 */
export function idKey(id: unknown): string {
  return JSON.stringify(id) ?? "";
}

/**
 * A number that JSON.parse may round has 16 digits or an exponent of three digits, and begins where a value may
 * begin. Many texts that match hold no such number.
 */
const longNumber = /(?:^|[\s:,[])-?(?:[\d.]{16}|[\d.]{1,15}[eE][+-]?\d{3})/;

const halfPair = /\\u[dD][89a-fA-F]/;
const escapePattern =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|[^])/g;

function wellFormed(text: string): string {
  const units = text.toWellFormed();
  if (!halfPair.test(units)) return units;
  return units.replace(escapePattern, (escape, half: string | undefined) =>
    half === undefined ? escape : String.raw`\ufffd`,
  );
}

/**
 * A reviver also gives each number's text, but takes ten times as long. So numbers that would be rounded are put into
 * quotes, behind half a surrogate pair, which begins no string of a well-formed text. They are taken out again after
 * parsing.
 */
function exactly<Shape>(text: string): Shape {
  const isInString = stringsOf(text);
  let isQuoted = false;
  let overflow: string | undefined;
  const quoted = text.replace(longToken, (token: string, at: number) => {
    if (isInString(at) || !numberPattern.test(token) || !endsAt(text, at + token.length)) return token;
    if (!Number.isFinite(Number(token))) overflow ??= token;
    if (String(Number(token)) === token) return token;
    isQuoted = true;
    return `"${exactMark}${token}"`;
  });
  const holder: { value: Shape } = { value: JSON.parse(quoted) };
  if (overflow !== undefined) throw tooLarge(overflow);
  if (isQuoted) unquoteIn(holder, ["value"], 0);
  return holder.value;
}

const longToken = /-?\d[\d.eE+-]{15,}|-?\d[\d.]{0,14}[eE][+-]?\d{3,}/g;
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const exactMark = "\ud800";

/**
 * Whether a position of a JSON text is inside a string. Ask from left to right, so that each quote is looked at once.
 */
function stringsOf(text: string): (at: number) => boolean {
  let isOpen = false;
  let quote = text.indexOf('"');
  return (at) => {
    for (; quote !== -1 && quote < at; quote = text.indexOf('"', quote + 1))
      if (!isOpen || !isEscaped(text, quote)) isOpen = !isOpen;
    return isOpen;
  };
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before -= 1;
  return (at - before) % 2 === 1;
}

/** Whether a value may end here: a number in the place of a key is not JSON, and must not become JSON. */
function endsAt(text: string, at: number): boolean {
  valueEnd.lastIndex = at;
  return valueEnd.test(text);
}

const valueEnd = /\s*(?:[,\]}]|$)/y;

function tooLarge(number: string): CordError {
  const shown = number.length > 24 ? `${number.slice(0, 24)}…` : number;
  return new CordError("invalid", `The number ${shown} is too large for JSON. Send it as a string.`);
}

function unquoteIn(holder: object, keys: Iterable<PropertyKey>, depth: number): void {
  if (depth > maxNested) throw new CordError("invalid", `JSON may be nested ${nestingLimit} deep.`);
  for (const key of keys) {
    const value: unknown = Reflect.get(holder, key);
    if (typeof value === "string") {
      if (value.startsWith(exactMark)) Reflect.set(holder, key, JSON.rawJSON(value.slice(exactMark.length)));
    } else if (Array.isArray(value)) unquoteIn(value, value.keys(), depth + 1);
    else if (typeof value === "object" && value !== null) unquoteIn(value, Object.keys(value), depth + 1);
  }
}

/** What was taken in comes back within an answer. */
const maxNested = 2 * nestingLimit;
