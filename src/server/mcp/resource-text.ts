import { isJsonObject } from "../../core/json.ts";
import { beginningOf, plainJson } from "../../core/text.ts";
import type { ReadResourceResult } from "./protocol.ts";

/*
 * A model reads a resource whole, and hosts refuse what is much longer (Claude Code over 25,000 tokens): so what is too long is
 * cut, and a note says how the rest is had.
 */

/** How many characters of JSON a resource may have, but for what frames it. */
const maxCharacters = 60_000;
/** From which length on a single text of it is cut where it is too long, and what is left of that. */
const longText = 6000;
const keptText = 4000;
const keptList = 16_000;

/** The contents of a resource: one text of JSON. Characters that hide or reorder what is read are escaped in it. */
export function jsonResource(uri: string, value: unknown): ReadResourceResult {
  return { contents: [{ uri, mimeType, text: plainJson(value) }] };
}

export const mimeType = "application/json";

/** As many items as fit, the first ones; `rest` says how the others are had. At least one is given, cut if it has to be. */
export function fittingItems(items: readonly object[], rest: string): { items: object[]; note?: string } {
  const fitting: object[] = [];
  let length = 0;
  for (const item of items) {
    length += plainJson(item).length + 1;
    if (length > maxCharacters) break;
    fitting.push(item);
  }
  if (fitting.length === items.length) return { items: fitting };
  const [first] = items;
  if (fitting.length === 0 && first) fitting.push(fittingFields(first, rest));
  return { items: fitting, note: `These are ${fitting.length} of ${items.length}. ${rest}` };
}

/**
 * An object whose long fields are cut where it is too long as a whole: of a list there are its last items, of any other field the
 * beginning, as text also of what is none, and `cut` gives its whole length in characters. `rest` says how it is had whole.
 */
export function fittingFields(whole: object, rest: string): object {
  if (plainJson(whole).length <= maxCharacters) return whole;
  const cut: Record<string, number> = {};
  const fields = Object.entries(whole).map(([name, value]) => {
    const text = typeof value === "string" ? value : plainJson(value);
    if (text.length <= longText) return [name, value];
    cut[name] = text.length;
    return [name, Array.isArray(value) ? lastOf(value) : `${beginningOf(text, keptText)}…`];
  });
  return { ...Object.fromEntries(fields), cut: { ...cutBefore(whole), ...cut }, note: noteOf(whole, rest) };
}

function lastOf(items: readonly unknown[]): unknown[] {
  let room = keptList;
  const kept = items.slice(items.findLastIndex((item) => (room -= plainJson(item).length) < 0) + 1);
  return kept.length > 0 ? kept : [`${beginningOf(plainJson(items.at(-1)), keptText)}…`];
}

function noteOf(whole: object, rest: string): string {
  return "note" in whole && typeof whole.note === "string" ? `${whole.note} ${rest}` : rest;
}

function cutBefore(whole: object): Record<string, unknown> {
  return "cut" in whole && isJsonObject(whole.cut) ? whole.cut : {};
}

/** Of a tree what fits: the deepest levels are left out, and how many nodes they have is said in their place. */
export function fittingTree<Tree extends { children?: Tree[] | undefined }>(
  tree: Tree,
  rest: string,
): object {
  for (let levels = maxLevels; levels > 0; levels = Math.floor(levels / 2)) {
    const cut = withLevels(tree, levels);
    if (plainJson(cut).length <= maxCharacters) return levels === maxLevels ? cut : { ...cut, note: rest };
  }
  return { ...withLevels(tree, 0), note: rest };
}

const maxLevels = 64;

function withLevels<Tree extends { children?: Tree[] | undefined }>(
  { children, ...node }: Tree,
  levels: number,
): object {
  if (children === undefined) return node;
  if (levels === 0) return { ...node, children_left_out: children.length };
  return { ...node, children: children.map((child) => withLevels(child, levels - 1)) };
}
