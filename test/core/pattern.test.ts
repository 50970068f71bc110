import { describe, expect, test } from "bun:test";
import { tabBounds } from "../../src/core/limits.ts";
import { cleanPattern, overlap, pathPattern, patternOf, type Effort } from "../../src/core/pattern.ts";
import { randomly, type Random } from "../support/random.ts";

const plenty = (): Effort => ({ left: 10_000_000 });

function means(pattern: string, path: string, ignoresCase = false): boolean {
  return overlap(patternOf(cleanPattern(pattern), ignoresCase), pathPattern(path, ignoresCase), plenty());
}

function meet(one: string, other: string): boolean {
  return overlap(patternOf(cleanPattern(one), false), patternOf(cleanPattern(other), false), plenty());
}

describe("a pattern", () => {
  test("means a file, or all that is in a folder", () => {
    expect(means("src/api.ts", "src/api.ts")).toBe(true);
    expect(means("src/api.ts", "src/api.tsx")).toBe(false);
    expect(means("src/api", "src/api/deep/er.ts")).toBe(true);
    expect(means("src/api/", "src/api/a.ts")).toBe(true);
    expect(means("src/api", "src/apis/a.ts")).toBe(false);
    expect(means("v1.2", "v1.2/a.ts")).toBe(false);
    expect(means("v1.2/", "v1.2/a.ts")).toBe(true);
    expect(means(".github", ".github/a.yml")).toBe(true);
    expect(means(".", "any/thing.ts")).toBe(true);
    expect(means("**", "top.ts")).toBe(true);
  });

  test("means with * the letters of one name, and with ** any folders, or none", () => {
    expect(means("src/*.ts", "src/a.ts")).toBe(true);
    expect(means("src/*.ts", "src/deep/a.ts")).toBe(false);
    expect(means("src/*", "src/deep/a.ts")).toBe(false);
    expect(means("src/**", "src/deep/a.ts")).toBe(true);
    expect(means("**/*.test.ts", "a.test.ts")).toBe(true);
    expect(means("**/*.test.ts", "x/y/a.test.ts")).toBe(true);
    expect(means("src/**/index.ts", "src/index.ts")).toBe(true);
    expect(means("packages/*/src", "packages/a/src/b.ts")).toBe(true);
    expect(means("v?.ts", "v1.ts")).toBe(true);
    expect(means("v?.ts", "v10.ts")).toBe(false);
    expect(means("?.ts", "😀.ts")).toBe(true);
    expect(means("a***b", "a-b")).toBe(true);
  });

  test("takes all other letters for what they are", () => {
    expect(means("app/[id]/page.tsx", "app/[id]/page.tsx")).toBe(true);
    expect(means("app/[id]/page.tsx", "app/i/page.tsx")).toBe(false);
    expect(means("a.ts", "abts")).toBe(false);
    expect(means("a+(b).ts", "a+(b).ts")).toBe(true);
    expect(means("*", "a*b")).toBe(true);
  });

  test("does not take what stands in a path for a wildcard", () => {
    expect(means("src/a.ts", "src/*.ts")).toBe(false);
    expect(means("src/a.ts", "**")).toBe(false);
  });

  test("ignores case on a disk that does, and the Unicode form everywhere", () => {
    expect(means("Src/Api.ts", "src/api.TS", true)).toBe(true);
    expect(means("Src/*.TS", "src/api.ts", true)).toBe(true);
    expect(means("Src/Api.ts", "src/api.ts")).toBe(false);
    expect(means("caf\u00e9.ts", "cafe\u0301.ts")).toBe(true);
  });

  test("is refused where it leads out, is empty or too long, or other programs would read it otherwise", () => {
    expect(cleanPattern("./src//a/../b.ts")).toBe("src/b.ts");
    for (const wrong of ["../a.ts", "a/../../b", "", "  ", "a\u0007b", "a\u202eb", "src/*.{ts,tsx}"])
      expect(() => cleanPattern(wrong)).toThrow(expect.objectContaining({ code: "invalid" }));
    expect(() => cleanPattern("a".repeat(tabBounds.patternLength + 1))).toThrow("longer than 256");
  });
});

describe("two patterns", () => {
  test("meet where a path can be both", () => {
    expect(meet("src", "src/a.ts")).toBe(true);
    expect(meet("src/*.ts", "src/a*")).toBe(true);
    expect(meet("src/*.ts", "src/*.js")).toBe(false);
    expect(meet("src/**/a.ts", "src/b/**")).toBe(true);
    expect(meet("**/a.ts", "src/**/b.ts")).toBe(false);
    expect(meet("**/package.json", "**/*.ts")).toBe(false);
    expect(meet("src/api", "src/web")).toBe(false);
    expect(meet("*a", "b*")).toBe(true);
  });

  test(
    "meet exactly where trying all short paths finds one",
    randomly((random) => {
      const paths = allPaths();
      for (let round = 0; round < 300; round += 1) {
        const [one, other] = [randomPattern(random), randomPattern(random)];
        const [first, second] = [expression(one), expression(other)];
        const found = paths.some((path) => first.test(path) && second.test(path));
        expect([one, other, meet(one, other)]).toEqual([one, other, found]);
        const path = random.pick(paths);
        expect([one, path, means(one, path)]).toEqual([one, path, first.test(path)]);
      }
    }),
  );

  test("cost no more than what they are given, however many wildcards they have", () => {
    const hard = patternOf(cleanPattern(`${"*a".repeat(120)}*b`), false);
    const harder = patternOf(cleanPattern(`${"a*".repeat(120)}c*`), false);
    const path = pathPattern(`${"a".repeat(4000)}x`, false);
    for (const other of [harder, path]) {
      const effort = { left: 2_000_000 };
      overlap(hard, other, effort);
      expect(effort.left).toBeGreaterThan(0);
    }
    const spent = { left: 100 };
    expect(overlap(hard, path, spent)).toBe(false);
    expect(spent.left).toBeLessThan(0);
  });
});

function randomPattern(random: Random): string {
  const name = () =>
    random.chance(0.2)
      ? "**"
      : Array.from({ length: 1 + random.int(2) }, () => random.pick(["a", "b", "*", "?"])).join("");
  return Array.from({ length: 1 + random.int(2) }, name)
    .join("/")
    .replace(/(^|\/)\*\*(?=[^/])/g, "$1*");
}

/** The same in words that another program compares. */
function expression(pattern: string): RegExp {
  const names = cleanPattern(pattern).split("/");
  const source = names.map((name) =>
    name === "**" ? "(?:[^/]+/)*" : `${name.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}/`,
  );
  const last = names.at(-1) ?? "";
  const below = /[*?]/.test(last) ? "" : "(?:[^/]+/)*";
  const whole = new RegExp(`^${source.join("")}${below}$`);
  return Object.assign(whole, { test: (path: string) => RegExp.prototype.test.call(whole, `${path}/`) });
}

/** Long enough for any two patterns of two names that can meet. */
function allPaths(): string[] {
  const short = ["a", "b", "aa", "ab", "ba", "bb"];
  const names = [...short, "aaa", "aab", "aba", "abb", "baa", "bab", "bba", "bbb"];
  const two = below(names, names);
  return [...names, ...two, ...below(two, names), ...below(below(below(short, short), short), short)];
}

function below(paths: readonly string[], names: readonly string[]): string[] {
  return paths.flatMap((path) => names.map((name) => `${path}/${name}`));
}
