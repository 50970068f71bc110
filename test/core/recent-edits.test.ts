import { describe, expect, test } from "bun:test";
import { tabBounds } from "../../src/core/limits.ts";
import { RecentEdits, RecentlyTold } from "../../src/core/recent-edits.ts";

const editor = (name: string) => ({ key: name, name });

describe("recent edits", () => {
  test("are those of the last two minutes, by others, and news once for two", () => {
    const edits = new RecentEdits();
    expect(edits.note("f", editor("a"), 0)).toEqual([]);
    expect(edits.note("f", editor("b"), 1000)).toEqual([{ key: "a", name: "a", agoMs: 1000, isNews: true }]);
    expect(edits.note("f", editor("a"), 2000)).toEqual([{ key: "b", name: "b", agoMs: 1000, isNews: false }]);
    expect(edits.note("g", editor("a"), 2000)).toEqual([]);
    expect(edits.note("f", null, 3000).map(({ name, isNews }) => [name, isNews])).toEqual([
      ["b", false],
      ["a", false],
    ]);
    expect(edits.note("f", editor("c"), 2001 + tabBounds.editedTogetherMs)).toEqual([]);
  });

  test("are kept of a bounded number of files and of who edited them, the newest", () => {
    const edits = new RecentEdits();
    for (let n = 0; n < 20; n += 1) edits.note("f", editor(`a${n}`), n);
    const names = edits.note("f", null, 20).map(({ name }) => name);
    expect(names).toEqual(Array.from({ length: 16 }, (_, n) => `a${n + 4}`));
    for (let n = 0; n < 10_000; n += 1) edits.note(`other ${n}`, editor("a"), 21);
    expect(edits.note("f", null, 22)).toEqual([]);
    expect(edits.note("other 0", null, 22)).toHaveLength(1);
  });
});

test("what was told is no news for two minutes", () => {
  const told = new RecentlyTold();
  expect([0, 1, tabBounds.editedTogetherMs].map((at) => told.isNews("x", at))).toEqual([true, false, true]);
  expect(told.isNews("y", 1)).toBe(true);
});
