import { isExactNumber } from "../../core/json.ts";

/*
 * The SDK copies metadata of A2A 0.3 in a way that fails for numbers that JavaScript would round. So on its way through the SDK
 * such a number is a text, which begins with half a surrogate pair: no text that was read does.
 */

/** The value with its exact numbers as marked texts; the value itself if it has none. */
export function marked<Value>(value: Value): Value {
  return replaced(value, (leaf) => (isExactNumber(leaf) ? `${mark}${leaf.rawJSON}` : leaf));
}

/** The value with the marked texts as numbers again. */
export function unmarked<Value>(value: Value): Value {
  return replaced(value, (leaf) =>
    typeof leaf === "string" && leaf.startsWith(mark) ? JSON.rawJSON(leaf.slice(mark.length)) : leaf,
  );
}

const mark = "\ud800";

/** A copy in which leaves are others; what holds none of them is not copied. Files are left alone. */
function replaced<Value>(value: Value, change: (leaf: unknown) => unknown): Value;
function replaced(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null || isExactNumber(value)) return change(value);
  if (ArrayBuffer.isView(value)) return value;
  const entries = Object.entries(value).map(
    ([name, field]) => [name, field, replaced(field, change)] as const,
  );
  if (entries.every(([, before, after]) => before === after)) return value;
  const changed = entries.map(([name, , after]) => [name, after] as const);
  return Array.isArray(value) ? changed.map(([, after]) => after) : Object.fromEntries(changed);
}
