import { describe, expect, test } from "bun:test";
import { diffLines } from "../../../src/cli/init/diff.ts";

function shown(before: string, after: string): string[] {
  return diffLines(before, after).map(({ mark, text }) => `${mark}${text}`);
}

describe("the diff that init shows", () => {
  test("is every line of a file that is made or deleted", () => {
    expect(shown("", "a\nb\n")).toEqual(["+a", "+b"]);
    expect(shown("a\nb\n", "")).toEqual(["-a", "-b"]);
  });

  test("is empty for what does not differ", () => {
    expect(shown("a\nb\n", "a\nb\n")).toEqual([]);
  });

  test("shows two lines around each change, and where the next one begins", () => {
    const lines = [..."abcdefghijklmnop"];
    const changed = lines.toSpliced(3, 1, "D").toSpliced(12, 0, "new");
    expect(shown(lines.join("\n"), changed.join("\n"))).toEqual([
      "@line 2",
      " b",
      " c",
      "-d",
      "+D",
      " e",
      " f",
      "@line 11",
      " k",
      " l",
      "+new",
      " m",
      " n",
    ]);
  });

  test("gives the old lines and the new ones back", () => {
    const before = "a\nb\nc\nd\ne\n";
    const after = "b\nx\nc\ne\ny\n";
    const lines = diffLines(before, after);
    const side = (drop: string) =>
      lines.filter(({ mark }) => mark !== drop && mark !== "@").map(({ text }) => text);
    expect(side("+")).toEqual(["a", "b", "c", "d", "e"]);
    expect(side("-")).toEqual(["b", "x", "c", "e", "y"]);
  });

  test("of two texts too long to compare replaces the middle", () => {
    const before = Array.from({ length: 3000 }, (_, index) => `old ${index}`);
    const after = before.map((line) => line.replace("old", "new"));
    expect(shown(before.join("\n"), after.join("\n"))).toEqual([
      ...before.map((line) => `-${line}`),
      ...after.map((line) => `+${line}`),
    ]);
  });
});
