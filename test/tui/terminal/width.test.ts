import { describe, expect, test } from "bun:test";
import { cut, pad, widthOf, wrap } from "../../../src/tui/terminal/width.ts";

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

describe("wrap", () => {
  test("breaks between words, and within one only where it is longer than a line", () => {
    expect(wrap("the quick brown fox jumps", 11, 9)).toEqual(["the quick", "brown fox", "jumps"]);
    expect(wrap("exactly twelve chars", 12, 9)).toEqual(["exactly", "twelve chars"]);
    expect(wrap("see /a/very/long/path ok", 9, 9)).toEqual(["see /a/ve", "ry/long/p", "ath ok"]);
    expect(wrap('    "key": a value', 12, 9)).toEqual(['    "key": a', "value"]);
  });

  test("keeps lines, and ends what it leaves out in an ellipsis", () => {
    expect(wrap("a\nb\nc", 5, 3)).toEqual(["a", "b", "c"]);
    expect(wrap("a\nb\nc", 5, 2)).toEqual(["a", "b…"]);
    expect(wrap("the quick brown fox", 9, 1)).toEqual(["the quic…"]);
    expect(wrap("", 5, 3)).toEqual([""]);
  });

  test("is never wider nor longer than it was told", () => {
    for (const text of [...texts, texts.join(" "), texts.join("\n")]) {
      for (let width = 1; width < 30; width++) {
        const lines = wrap(text, width, 4);
        expect(lines.length).toBeLessThanOrEqual(4);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }
    }
  });
});
