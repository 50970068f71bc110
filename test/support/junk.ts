import type { Random } from "./random.ts";

/** What no well-behaved client sends, made at random. */

export const junkWords = [
  "",
  " ",
  "x",
  "#1",
  "#2",
  "#999999999",
  "1",
  "any",
  "pending",
  "claimed,pending",
  "bug",
  "constructor",
  "__proto__",
  "%",
  "'; DROP TABLE tasks; --",
  "\u0000",
  "\ud800",
  "\u202e",
  "\u001b]0;x\u0007",
  "é".repeat(300),
  "x".repeat(5000),
  "2026-01-01",
  "/",
  "../../etc/passwd",
  "text",
  "list",
  "null",
  "[]",
  "{}",
  "01a1fd93",
];
const numbers = [0, -0, -1, 1, 2, 0.5, 1e300, -1e300, 2 ** 31, 2 ** 53, 2 ** 63, 3600, 3601, 60_001];

/** Something that is often almost right. */
export function junk(random: Random, ids: readonly string[], depth = 0): unknown {
  switch (random.int(depth > 2 ? 6 : 8)) {
    case 0:
      return random.pick(numbers);
    case 1:
      return random.chance(0.5);
    case 2:
      return null;
    case 3:
    case 4:
      return random.pick(junkWords);
    case 5:
      return random.pick(ids);
    case 6:
      return Array.from({ length: random.int(4) }, () => junk(random, ids, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.int(4) }, () => [random.pick(junkWords), junk(random, ids, depth + 1)]),
      );
  }
}

/** The text with some of its characters changed, left out, doubled or moved. */
export function mutated(random: Random, text: string): string {
  let changed = text;
  for (let count = random.int(4); count > 0; count -= 1) {
    const at = random.int(changed.length);
    const [before, after] = [changed.slice(0, at), changed.slice(at + 1)];
    changed = random.pick([
      before + after,
      `${before}${random.pick(["{", "}", "[", '"', ",", "\\", "\u0000", "9".repeat(400), "\ud800"])}${after}`,
      before,
      changed + changed.slice(at),
    ]);
  }
  return changed;
}
