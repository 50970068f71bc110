import { describe, expect, test } from "bun:test";
import { beginningOf, fold, plain, plainJson, plainLines } from "../../src/core/text.ts";

const forbiddenCharacters =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u;

describe("plain", () => {
  test("leaves ordinary text as it is, in any script", () => {
    for (const text of ["", "a plain goal", "naïve café", "日本語のゴール", "🚀 ship it ❤️", "שלום", "á"]) {
      expect(plain(text)).toBe(text);
    }
  });

  test.each([
    ["a colour", "a\x1b[31mred\x1b[0m", "ared"],
    ["a colour behind a C1 introducer", "a\x9b31mred", "ared"],
    ["a cursor move with a private marker", "a\x1b[?25lb\x1b[2J\x1b[1;1Hc", "abc"],
    ["a title ended by BEL", "a\x1b]0;owned\x07b", "ab"],
    ["a title ended by ST", "a\x1b]0;owned\x1b\\b", "ab"],
    ["a link, keeping what is seen of it", "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"],
    ["a write to the clipboard", "a\x1b]52;c;ZXZpbA==\x07b", "ab"],
    ["an OSC behind a C1 introducer", "a\x9d52;c;ZXZpbA==\x9cb", "ab"],
    ["a device control string", "a\x1bPq#0;2;0\nmore\x1b\\b", "ab"],
    ["an application program command", "a\x1b_Gf=100;AAAA\x1b\\b", "ab"],
    ["a privacy message", "a\x1b^secret\x1b\\b", "ab"],
    ["a start of string", "a\x1bXsecret\x1b\\b", "ab"],
    ["a string aborted by another sequence", "a\x1b]0;own\x1b[31mb", "ab"],
    ["a full reset", "a\x1bcb", "ab"],
    ["a character set change", "a\x1b(0b", "ab"],
    ["an escape at the end", "a\x1b", "a"],
    ["an introducer at the end", "a\x1b[", "a"],
    ["nested introducers", "a\x1b\x1b[31m[31mb", "a[31mb"],
    ["a bell, a backspace, a delete", "a\x07b\x08c\x7fd", "abcd"],
    ["bidirectional controls", "a\u202eb\u2066c\u2069d\u200fe\u061cf", "abcdef"],
    ["zero-width characters", "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "abcdefg"],
    ["tag characters", "a\u{e0041}\u{e007f}b", "ab"],
    ["the joiner between emoji", "👩‍💻", "👩💻"],
  ])("removes %s", (_, text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  test("puts one space for a line break of any style, and for a tab", () => {
    expect(plain("a\nb\r\nc\rd\te\u2028f\u2029g")).toBe("a b c d e f g");
  });

  test("a string that never ends cannot hide what follows", () => {
    expect(plain("a\x1b]0;the rest")).toBe("a0;the rest");
    expect(plain("said “so”".replace("”", "â\x9d") + " and more\nlines\x07")).toContain("and more lines");
  });

  test("a lone surrogate becomes a replacement character", () => {
    expect(plain("a\ud83db")).toBe("a\ufffdb");
    expect(plain("\ude00")).toBe("\ufffd");
  });

  test("removing what stands between two halves does not make a character of them", () => {
    expect(plain("\udb40\u200b\udc41")).toBe("\ufffd\ufffd");
    expect(plain("\ud83d\x1b[m\ude00")).toBe("\ufffd\ufffd");
  });

  test("no mixture of fragments leaves a forbidden character", () => {
    const fragments = [
      "\x1b",
      "[",
      "]",
      "P",
      "\\",
      "\x07",
      "\x9b",
      "\x9c",
      "\x9d",
      "\x90",
      "\x18",
      "8;;",
      "31m",
      "a",
      " ",
      "\n",
      "\r",
      "\t",
      "\u202e",
      "\u200d",
      "\ud83d",
      "\ude00",
      "\udb40",
      "\udc41",
      "日",
      "\u2028",
      "\x7f",
      "\x00",
      "\u{e0041}",
    ];
    let seed = 7;
    const pick = (): string => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return fragments[seed % fragments.length] ?? "";
    };
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: 8 }, pick).join("");
      expect(plain(text)).not.toMatch(forbiddenCharacters);
      expect(plainLines(text).replaceAll("\n", "")).not.toMatch(forbiddenCharacters);
    }
  });

  test("megabytes of introducers are gone through once", () => {
    for (const unit of ["\x1b]", "\x9d", "\x1b[", "\x9b0", "\x1bP\x9d", "\x1b", "\x1b]8;;", "\x9d\x90a"]) {
      expect(plain(unit.repeat(2_000_000)).length).toBeLessThan(9_000_000);
    }
    expect(plain("\x1b]" + "a".repeat(10_000_000)).length).toBe(10_000_000);
  });
});

describe("plainLines", () => {
  test("keeps the lines of a text, whatever their style", () => {
    expect(plainLines("a\nb\r\nc\rd\u2028e")).toBe("a\nb\nc\nd\ne");
  });

  test("puts spaces for a tab", () => {
    expect(plainLines("if:\n\tgo")).toBe("if:\n    go");
  });

  test("removes what plain removes", () => {
    expect(plainLines("\x1b]52;c;ZXZpbA==\x07a\x1b[2J\u202eb")).toBe("ab");
  });

  test("leaves ordinary lines as they are", () => {
    expect(plainLines("# Title\n\n- 日本\n")).toBe("# Title\n\n- 日本\n");
  });
});

describe("plainJson", () => {
  test("is one line without a hostile character, and reads as the same value", () => {
    const value = {
      "\x9bkey": ["\x1b[31m\r\n\x7f\x9d", "\u202etxt.exe\u200b\ufeff", "\u{e0041}tag", "\ud800"],
    };
    expect(plainJson(value)).not.toMatch(forbiddenCharacters);
    expect(JSON.parse(plainJson(value))).toEqual(value);
  });

  test("leaves ordinary text readable, and no value is null", () => {
    expect(plainJson({ name: "日本 🚀" })).toBe('{"name":"日本 🚀"}');
    expect(plainJson(undefined)).toBe("null");
  });
});

test.each([
  ["Straße", "STRASSE"],
  ["ﬁle", "FILE"],
  ["e\u0301tat", "\u00c9TAT"],
  ["ΟΔΟΣ", "οδος"],
  ["İstanbul", "i\u0307stanbul"],
  ["１２", "12"],
])("%s and %s are one name to whoever searches", (left, right) => {
  expect(fold(left)).toBe(fold(right));
});

test("a text is cut between characters, never within one", () => {
  expect(beginningOf("ab", 2)).toBe("ab");
  expect(beginningOf("abc", 2)).toBe("ab");
  expect(beginningOf("a😀b", 2)).toBe("a");
  expect(beginningOf("a😀b", 3)).toBe("a😀");
});
