import { isDeepStrictEqual } from "node:util";
import { getStaticTOMLValue, ParseError, parseTOML } from "toml-eslint-parser";
import type { AST } from "toml-eslint-parser";
import { CordError } from "../../core/error.ts";
import type { ByHand, Edit, Edited } from "./edit.ts";
import { holds, type JsonObject } from "./edit-json.ts";
import { startsCoord, type Predecessor } from "./predecessor.ts";
import { eolOf, splitMark } from "./text-lines.ts";

export type TomlEntry = { readonly [key: string]: string | readonly string[] };

/**
 * Edits a TOML file by whole tables. cord's table is added at the end, where a header is always allowed, and removed
 * at the positions that the parser gives. No other byte is changed. earlier: what cord wrote before, which gives way to the entry.
 */
export function tomlEdit(
  path: readonly [string, string],
  entry: TomlEntry,
  earlier: readonly TomlEntry[] = [],
): Edit {
  const name = path.join(".");
  const paste = [
    `[${name}]`,
    ...Object.entries(entry).map(([key, value]) => `${key} = ${literal(value)}`),
  ].join("\n");

  function put(text: string | undefined, force: boolean): Edited {
    const { mark, body } = splitMark(text ?? "");
    const present = entryIn(read(body), path);
    if (present !== undefined && holds(present, entry)) return { text: mark + body, kept: [] };
    const isEarlier = earlier.some((one) => isDeepStrictEqual(present, one));
    if (present !== undefined && !isEarlier && !force)
      return { text: mark + body, kept: [`its "${name}" is another entry`] };
    const edited = append(without(body, path), paste);
    return { text: mark + verified(body, edited, path, entry), kept: [] };
  }

  function take(text: string, force: boolean, before: string | undefined): Edited {
    const { mark, body } = splitMark(text);
    const present = entryIn(read(body), path);
    if (present === undefined) return { text, kept: [] };
    if (!force && ![entry, ...earlier].some((one) => holds(present, one)))
      return { text, kept: [`its "${name}" is another entry`] };
    const former = before === undefined ? "" : tablesOf(splitMark(before).body, path);
    const bare = without(body, path);
    const edited = former === "" ? bare : append(bare, former);
    return { text: mark + verified(body, edited, path, entryIn(read(former), path)), kept: [] };
  }

  return {
    put,
    take,
    byHand: (text) => inlineByHand(text, path, entry) ?? { where: "add this to it", lines: paste },
    isNamed: true,
    isBare: (text) => splitMark(text).body.trim() === "",
  };
}

/** coord's tables in the same file: taken out where they start coord, and put back where they did before. */
export function coordTable(parent: string): Predecessor {
  const path = [parent, "coord"] as const;
  return {
    without(text) {
      const { mark, body } = splitMark(text);
      if (!startsCoord(entryIn(read(body), path))) return text;
      return mark + verified(body, without(body, path), path, undefined);
    },
    restored(text, before) {
      const earlier = splitMark(before).body;
      const entry = entryIn(read(earlier), path);
      const { mark, body } = splitMark(text);
      if (!startsCoord(entry) || entryIn(read(body), path) !== undefined) return text;
      return mark + verified(body, append(body, tablesOf(earlier, path)), path, entry);
    },
  };
}

/** An inline table is closed: no table of its name may follow it, so what to paste is the whole of it with the entry in it. */
function inlineByHand(
  text: string | undefined,
  [outer, inner]: readonly [string, string],
  entry: TomlEntry,
): ByHand | null {
  const body = splitMark(text ?? "").body;
  const pair = topLevelPairs(body).find((found) => keysOf(found).join("\n") === outer);
  if (pair?.value.type !== "TOMLInlineTable") return null;
  const [from, until] = pair.value.range;
  const others = pair.value.body
    .filter((found) => keysOf(found)[0] !== inner)
    .map(({ range }) => body.slice(...range));
  const keys = Object.entries(entry).map(([key, value]) => `${key} = ${literal(value)}`);
  const whole = [...others, `${inner} = { ${keys.join(", ")} }`].join(", ");
  const name = body.slice(pair.range[0], from);
  return {
    where: `put this in the place of its ${outer}, on line ${body.slice(0, until).split("\n").length}`,
    lines: `${name}{ ${whole} }`,
  };
}

/** Of a text that does not parse there are none. */
function topLevelPairs(text: string): AST.TOMLKeyValue[] {
  try {
    return parse(text).body[0].body.filter((node) => node.type === "TOMLKeyValue");
  } catch {
    return [];
  }
}

function append(text: string, lines: string): string {
  const eol = eolOf(text);
  const gap = text === "" ? "" : text.endsWith("\n") ? eol : eol + eol;
  return text + gap + lines.replace(/\r?\n/g, eol) + eol;
}

/** The text without whatever defines the entry: its table, tables under it, keys of its parent. The blank line above goes too. */
function without(text: string, path: readonly string[]): string {
  let rest = text;
  for (const [from, until] of spansOf(text, path).toReversed()) {
    const head = rest.slice(0, from);
    const tail = rest.slice(until);
    const blank = /(?:^|\n)(\r?\n)$/.exec(head)?.[1] ?? "";
    rest = (/^\s*(?:\[|$)/.test(tail) ? head.slice(0, head.length - blank.length) : head) + tail;
  }
  return rest;
}

function tablesOf(text: string, path: readonly string[]): string {
  return spansOf(text, path)
    .map(([from, until]) => text.slice(from, until))
    .join("")
    .trimEnd();
}

/** Whole lines, in the order of the text. */
function spansOf(text: string, path: readonly string[]): [number, number][] {
  const parts: (AST.TOMLTable | AST.TOMLKeyValue)[] = [];
  for (const node of parse(text).body[0].body) {
    const keys = node.type === "TOMLTable" ? node.resolvedKey : [];
    if (startsWith(keys, path)) parts.push(node);
    else if (node.type === "TOMLTable")
      parts.push(...node.body.filter((pair) => startsWith([...keys, ...keysOf(pair)], path)));
    else if (startsWith(keysOf(node), path)) parts.push(node);
  }
  return parts.map(({ range: [from, until] }) => {
    const eol = text.indexOf("\n", until);
    return [text.lastIndexOf("\n", from - 1) + 1, eol === -1 ? text.length : eol + 1];
  });
}

function keysOf(pair: AST.TOMLKeyValue): string[] {
  return pair.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value));
}

function startsWith(keys: readonly (string | number)[], path: readonly string[]): boolean {
  return path.every((key, index) => keys[index] === key);
}

/** The last guard: refused when the edited text does not parse, or means anything else than what was meant. */
function verified(
  before: string,
  after: string,
  [outer, inner]: readonly [string, string],
  entry: unknown,
): string {
  const { [outer]: held, ...rest } = read(before);
  const { [inner]: _, ...others } = asObject(held);
  const servers = entry === undefined ? others : { ...others, [inner]: entry };
  const { [outer]: nowHeld, ...nowRest } = readOr(after, {});
  if (isDeepStrictEqual(nowRest, rest) && isDeepStrictEqual(asObject(nowHeld), servers)) return after;
  throw new CordError(
    "invalid",
    `its "${outer}" is written in a way that cord cannot edit without changing the rest`,
  );
}

function entryIn(value: JsonObject, [outer, inner]: readonly [string, string]): unknown {
  return asObject(value[outer])[inner];
}

function readOr(text: string, otherwise: JsonObject): JsonObject {
  try {
    return read(text);
  } catch {
    return otherwise;
  }
}

function read(text: string): JsonObject {
  return asObject(getStaticTOMLValue(parse(text)));
}

function parse(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: "1.0.0" });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const where = `line ${error.lineNumber}, column ${error.column + 1}`;
    throw new CordError("invalid", `it is not valid TOML (${where}: ${error.message.toLowerCase()})`);
  }
}

function asObject(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function literal(value: string | readonly string[]): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
}
