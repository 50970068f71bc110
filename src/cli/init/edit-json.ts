import { isDeepStrictEqual } from "node:util";
import { getNodeValue, parse, stripComments } from "jsonc-parser";
import type { Node } from "jsonc-parser";
import { CordError } from "../../core/error.ts";
import type { Edit, Edited } from "./edit.ts";
import { isAllCords, isCordHook, type HookEntry } from "../../core/hook-entries.ts";
import { addItem, objectAt, propertyOf, removeChild, rootObject, setProperty } from "./json-text.ts";
import { startsCoord, type Predecessor } from "./predecessor.ts";
import { splitMark } from "./text-lines.ts";

/** One thing that cord wants in a JSON file, at parent.key. */
export type JsonPart =
  | {
      readonly kind: "entry";
      readonly parent: readonly string[];
      readonly key: string;
      readonly value: JsonObject;
    }
  /** A string or a list of strings that must hold `value`; where it is absent, `unset` is what the client assumes. */
  | {
      readonly kind: "member";
      readonly parent: readonly string[];
      readonly key: string;
      readonly value: string;
      readonly unset: readonly string[];
      /** Nobody else would name it: it is taken out also where nothing says what was there before. */
      readonly isOwn?: true;
    }
  /** A hook of cord's, in the list of those that the client runs at an event. */
  | {
      readonly kind: "hook";
      readonly parent: readonly string[];
      readonly key: string;
      readonly value: HookEntry;
      /** What cord writes in its place on another system: a colleague's, which stays where it is. */
      readonly alike?: HookEntry;
    };

export type JsonObject = { readonly [key: string]: unknown };

/** Edits a JSON file, with or without comments. `base` is what a new file holds beside the parts. */
export function jsonEdit(parts: readonly JsonPart[], base: JsonObject = {}): Edit {
  const fresh = `${JSON.stringify(parts.reduce(withPart, base), null, 2)}\n`;
  const paste = JSON.stringify(parts.reduce(withPart, {}), null, 2);

  function put(text: string | undefined, force: boolean): Edited {
    if (text === undefined) return { text: fresh, kept: [] };
    const { mark, body } = splitMark(text);
    if (body.trim() === "") return { text: mark + fresh, kept: [] };
    const kept: string[] = [];
    let edited = body;
    for (const part of parts) {
      if (!force && hasOther(edited, part)) kept.push(otherEntry(part));
      else edited = verified(edited, putPart(edited, part), withPart(read(edited), part));
    }
    return { text: mark + edited, kept };
  }

  function take(text: string, force: boolean, before: string | undefined): Edited {
    const { mark, body } = splitMark(text);
    if (body.trim() === "") return { text, kept: [] };
    const earlier = before === undefined || isBlank(before) ? undefined : read(splitMark(before).body);
    const kept: string[] = [];
    let edited = body;
    for (const part of parts) {
      if (part.kind === "hook") edited = takeHook(edited, part, earlier);
      else if (!force && hasOther(edited, part)) kept.push(otherEntry(part));
      else if (part.kind === "entry") edited = takeEntry(edited, pathOf(part), earlier);
      else if (before !== undefined || part.isOwn) edited = takeMember(edited, part, earlier);
    }
    return { text: mark + edited, kept };
  }

  function isBare(text: string): boolean {
    const { body } = splitMark(text);
    return isBlank(text) || (stripComments(body) === body && isDeepStrictEqual(read(body), base));
  }

  const byHand = () => ({ where: "add this to it", lines: paste });
  return { put, take, isBare, byHand, isNamed: parts.some(({ kind }) => kind !== "member") };
}

/** coord's entry in the same file: taken out where it starts coord, and put back where it did before. */
export function coordEntry(parent: string): Predecessor {
  const path = [parent, "coord"];
  const entryIn = (body: string) => (isBlank(body) ? undefined : at(read(body), path));
  return {
    without(text) {
      const { mark, body } = splitMark(text);
      if (!startsCoord(entryIn(body))) return text;
      const meaning = withValue(read(body), [parent], (servers) =>
        Object.fromEntries(Object.entries(servers).filter(([name]) => name !== "coord")),
      );
      return mark + verified(body, removeAt(body, path), meaning);
    },
    restored(text, before) {
      const earlier = entryIn(splitMark(before).body);
      const { mark, body } = splitMark(text);
      if (!startsCoord(earlier) || isBlank(body) || entryIn(body) !== undefined) return text;
      return mark + setAt(body, path, earlier);
    },
  };
}

function putPart(text: string, part: JsonPart): string {
  if (isInPlace(text, part)) return text;
  const value = wanted(valueAt(text, part), part);
  const path = pathOf(part);
  const bare = part.kind === "hook" ? withoutCordHooks(text, path) : text;
  const list = nodeAt(bare, path);
  if (part.kind !== "entry" && list?.type === "array") return addItem(bare, list, part.value);
  // The deepest object of the path that is there takes the rest of it as one new property.
  let depth = part.parent.length;
  while (objectAt(text, rootObject(text), part.parent.slice(0, depth)) === undefined) depth--;
  const [key = part.key, ...inner] = [...part.parent.slice(depth), part.key];
  const nested = inner.reduceRight<unknown>((held, name) => ({ [name]: held }), value);
  return setAt(text, [...part.parent.slice(0, depth), key], nested);
}

/** Takes the entry out, or puts the earlier one back; containers that only held it go too, if they were not there before. */
function takeEntry(text: string, path: readonly string[], earlier: JsonObject | undefined): string {
  if (nodeAt(text, path) === undefined) return text;
  const previous = at(earlier, path);
  return previous === undefined
    ? prune(removeAt(text, path), path.slice(0, -1), earlier)
    : setAt(text, path, previous);
}

/** Puts back what was there where the present value is what init made of it, else takes the one name out. */
function takeMember(
  text: string,
  part: JsonPart & { kind: "member" },
  earlier: JsonObject | undefined,
): string {
  const path = pathOf(part);
  const previous = at(earlier, path);
  const present = valueAt(text, part);
  if (present === undefined || names(previous).includes(part.value)) return text;
  const isAsInitLeftIt = isDeepStrictEqual(present, wanted(previous, part));
  if (isAsInitLeftIt && !Array.isArray(previous)) return takeEntry(text, path, earlier);
  const list = nodeAt(text, path);
  const item = list?.type === "array" ? list.children?.find(({ value }) => value === part.value) : undefined;
  return list === undefined || item === undefined ? text : removeChild(text, list, item);
}

/**
 * Takes cord's hook out, unless it was there before; and the list too, if it only held that. One that was edited goes as well: without the
 * server that it calls, the client would tell of an error at each prompt.
 */
function takeHook(text: string, part: JsonPart & { kind: "hook" }, earlier: JsonObject | undefined): string {
  const path = pathOf(part);
  if (holdsHook(at(earlier, path), part.value)) return text;
  return prune(withoutCordHooks(text, path), path, earlier);
}

/** Others may have put a hook of theirs into cord's group: it stays. */
function withoutCordHooks(text: string, path: readonly string[]): string {
  const list = nodeAt(text, path);
  if (list?.type !== "array") return text;
  for (const entry of list.children ?? []) {
    const hooks = entry.type === "object" ? propertyOf(entry, "hooks")?.children?.[1] : undefined;
    const [held, own] = isAllCords(getNodeValue(entry))
      ? [list, entry]
      : [hooks, hooks?.children?.find((hook) => isCordHook(getNodeValue(hook)))];
    if (held?.type === "array" && own !== undefined)
      return withoutCordHooks(removeChild(text, held, own), path);
  }
  return text;
}

/** Takes out the containers that are empty now. One with a comment in it is somebody's: only `{}` and `[]` go. */
function prune(text: string, path: readonly string[], earlier: JsonObject | undefined): string {
  const held = nodeAt(text, path);
  if (path.length === 0 || held === undefined || at(earlier, path) !== undefined) return text;
  if (!/^(?:\{\s*\}|\[\s*\])$/.test(text.slice(held.offset, held.offset + held.length))) return text;
  return prune(removeAt(text, path), path.slice(0, -1), earlier);
}

function nodeAt(text: string, path: readonly string[]): Node | undefined {
  const object = objectAt(text, rootObject(text), path.slice(0, -1));
  const key = path.at(-1);
  return object === undefined || key === undefined ? undefined : propertyOf(object, key)?.children?.[1];
}

function setAt(text: string, path: readonly string[], value: unknown): string {
  const object = objectAt(text, rootObject(text), path.slice(0, -1));
  const key = path.at(-1);
  return object === undefined || key === undefined ? text : setProperty(text, object, key, value);
}

function removeAt(text: string, path: readonly string[]): string {
  const object = objectAt(text, rootObject(text), path.slice(0, -1));
  const property = object === undefined ? undefined : propertyOf(object, path.at(-1) ?? "");
  return object === undefined || property === undefined ? text : removeChild(text, object, property);
}

function isInPlace(text: string, part: JsonPart): boolean {
  const value = valueAt(text, part);
  if (part.kind === "hook") return holdsEither(value, part);
  return part.kind === "entry" ? holds(value, part.value) : names(value).includes(part.value);
}

/** Whether something that is as good as cord's name stands in its place. */
function hasOther(text: string, part: JsonPart): boolean {
  const value = valueAt(text, part);
  if (part.kind === "member" || value === undefined || isInPlace(text, part)) return false;
  return part.kind === "entry" || names(value).some(isCordHook);
}

function otherEntry(part: JsonPart): string {
  const name = nameOf(part);
  return part.kind === "hook"
    ? `its "${name}" holds another hook of cord's`
    : `its "${name}" is another entry`;
}

function pathOf({ parent, key }: JsonPart): string[] {
  return [...parent, key];
}

/** As a person is told of its place. */
function nameOf(part: JsonPart): string {
  return pathOf(part).join(".");
}

function valueAt(text: string, part: JsonPart): unknown {
  objectAt(text, rootObject(text), part.parent);
  return at(read(text), pathOf(part));
}

/** An entry may say more than cord needs (an environment, a timeout): that is the user's, and no difference. */
export function holds(value: unknown, entry: JsonObject): boolean {
  return isObject(value) && Object.entries(entry).every(([key, wish]) => isDeepStrictEqual(value[key], wish));
}

function holdsEither(list: unknown, { value, alike }: JsonPart & { kind: "hook" }): boolean {
  return holdsHook(list, value) || (alike !== undefined && holdsHook(list, alike));
}

/** Whether the list holds the entry, word for word; others may have put hooks of theirs into its group. */
function holdsHook(list: unknown, entry: HookEntry): boolean {
  return Array.isArray(list) && list.some((item) => isObject(item) && holdsGroup(item, entry));
}

function holdsGroup({ hooks: present, ...rest }: JsonObject, { hooks, ...wish }: HookEntry): boolean {
  if (!isDeepStrictEqual(rest, wish)) return false;
  if (!Array.isArray(hooks) || !Array.isArray(present)) return isDeepStrictEqual(present, hooks);
  return hooks.every((hook) => present.some((one) => isDeepStrictEqual(one, hook)));
}

/** What is left of the entries at an event without cord's. */
function othersIn(entries: readonly unknown[]): unknown[] {
  return entries
    .filter((entry) => !isAllCords(entry))
    .map((entry) =>
      isObject(entry) && Array.isArray(entry["hooks"])
        ? { ...entry, hooks: entry["hooks"].filter((hook: unknown) => !isCordHook(hook)) }
        : entry,
    );
}

function wanted(value: unknown, part: JsonPart): unknown {
  if (part.kind === "entry") return part.value;
  if (part.kind === "hook") return [...othersIn(hooksIn(value, part)), part.value];
  if (value === undefined) return [part.value, ...part.unset];
  if (typeof value !== "string" && !Array.isArray(value)) {
    const name = nameOf(part);
    throw new CordError("invalid", `its "${name}" is neither a string nor a list`);
  }
  return names(value).includes(part.value)
    ? value
    : [...(Array.isArray(value) ? value : [value]), part.value];
}

function hooksIn(value: unknown, part: JsonPart): readonly unknown[] {
  if (value === undefined || Array.isArray(value)) return value ?? [];
  throw new CordError("invalid", `its "${nameOf(part)}" is no list`);
}

function names(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function withPart(object: JsonObject, part: JsonPart): JsonObject {
  return withValue(object, part.parent, (held) => {
    const inPlace =
      (part.kind === "entry" && holds(held[part.key], part.value)) ||
      (part.kind === "hook" && holdsEither(held[part.key], part));
    return { ...held, [part.key]: inPlace ? held[part.key] : wanted(held[part.key], part) };
  });
}

function withValue(
  object: JsonObject,
  path: readonly string[],
  change: (held: JsonObject) => JsonObject,
): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return change(object);
  const held = object[key];
  return { ...object, [key]: withValue(isObject(held) ? held : {}, rest, change) };
}

/** The last guard: an edit that would mean anything else than what was meant is refused, not written. */
function verified(before: string, after: string, meaning: JsonObject): string {
  if (after === before || isDeepStrictEqual(read(after), meaning)) return after;
  throw new CordError("invalid", "it is written in a way that cord cannot edit without changing the rest");
}

function read(text: string): JsonObject {
  rootObject(text);
  const value: unknown = parse(text, [], { allowTrailingComma: true });
  return isObject(value) ? value : {};
}

function at(object: JsonObject | undefined, path: readonly string[]): unknown {
  return path.reduce<unknown>((held, key) => (isObject(held) ? held[key] : undefined), object);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isBlank(text: string): boolean {
  return splitMark(text).body.trim() === "";
}
