import { describe, expect, test } from "bun:test";
import type { KeyName } from "../../../src/tui/terminal/keys.ts";
import { edit, emptyLine, inputLine } from "../../../src/tui/terminal/line-input.ts";
import type { LineInput } from "../../../src/tui/terminal/line-input.ts";
import { widthOf } from "../../../src/tui/terminal/width.ts";

const type = (line: LineInput, text: string): LineInput => edit(line, { name: "text", text });

const press = (line: LineInput, ...names: KeyName[]): LineInput =>
  names.reduce((line, name) => edit(line, { name, text: "" }), line);

/** The line with a bar where the cursor is. */
const shown = ({ text, cursor }: LineInput): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`;

describe("editing a line", () => {
  test("inserts where the cursor is", () => {
    const line = press(type(emptyLine, "yes"), "left", "left");
    expect(shown(type(line, "日"))).toBe("y日|es");
  });

  test("deletes and moves by what a person sees as one character", () => {
    const line = type(emptyLine, "a👍🏽e\u0301");
    expect(shown(press(line, "backspace"))).toBe("a👍🏽|");
    expect(shown(press(line, "backspace", "backspace"))).toBe("a|");
    expect(shown(press(line, "home", "right", "delete"))).toBe("a|e\u0301");
  });

  test("knows the keys of a shell's line", () => {
    const line = type(emptyLine, "one two three");
    expect(shown(press(line, "ctrl-w"))).toBe("one two |");
    expect(shown(press(line, "ctrl-w", "ctrl-w", "ctrl-w"))).toBe("|");
    expect(shown(press(line, "ctrl-u"))).toBe("|");
    expect(shown(press(line, "ctrl-a"))).toBe("|one two three");
    expect(shown(press(line, "home", "end"))).toBe("one two three|");
    expect(shown(press(line, "home", "right", "ctrl-k"))).toBe("o|");
  });

  test("does nothing at its ends, nor for keys that mean nothing", () => {
    expect(press(emptyLine, "backspace", "delete", "left", "right", "ctrl-w")).toEqual(emptyLine);
    const line = type(emptyLine, "x");
    expect(press(line, "enter", "up", "escape", "tab", "pageup", "ctrl-x", "alt-b")).toBe(line);
  });
});

describe("showing a line", () => {
  test("stands behind its label with the cursor's column", () => {
    expect(inputLine("#7> ", { text: "日本", cursor: 1 }, 20)).toEqual({ text: "#7> 日本", column: 6 });
  });

  test("shows the part around the cursor, within the width, whatever is in it", () => {
    const long = "0123456789日本語".repeat(5);
    for (let width = 0; width < 40; width++) {
      for (let cursor = 0; cursor <= long.length; cursor += 7) {
        const { text, column } = inputLine("label> ", { text: long, cursor }, width);
        expect(widthOf(text)).toBeLessThanOrEqual(Math.max(0, width - 1));
        expect(column).toBeLessThanOrEqual(Math.max(0, width - 1));
      }
    }
  });

  test("lets no control byte of what was typed or asked through", () => {
    const { text } = inputLine("\x1b[2Jask> ", { text: "a\u009b31mb\u202e", cursor: 2 }, 40);
    expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});
