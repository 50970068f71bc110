import { describe, expect, test } from "bun:test";
import { cut, pad, widthOf } from "../../src/tui/width.ts";

const texts = [
  "Deep competitive analysis",
  "日本語の目標",
  "a日b本c語",
  "e\u0301e\u0301e\u0301 combining",
  "👍🏽👩🇩🇪 emoji ❤️",
  "",
  "a" + "\u0301".repeat(1000),
];

describe("cut", () => {
  test("is never wider than it was told, and leaves what fits", () => {
    for (const text of texts) {
      for (let width = 0; width < 30; width++) {
        const result = cut(text, width);
        expect(widthOf(result)).toBeLessThanOrEqual(width);
        if (widthOf(text) <= width && text.length <= width * 16) expect(result).toBe(text);
      }
    }
  });

  test("ends what it cut in an ellipsis, and splits no wide character", () => {
    expect(cut("competitive", 5)).toBe("comp…");
    expect(cut("日本語", 5)).toBe("日本…");
    expect(cut("日本語", 4)).toBe("日…");
    expect(cut("ab", 0)).toBe("");
  });

  test("bounds a text that has no width", () => {
    expect(cut("a" + "\u0301".repeat(1_000_000), 10).length).toBeLessThan(200);
  });
});

test("pad fills to exactly the width, in cells", () => {
  expect(pad("日本", 6)).toBe("日本  ");
  for (const text of texts) expect(widthOf(pad(text, 12))).toBe(12);
});
