import { describe, expect, test } from "bun:test";
import { KeyDecoder, KeyReader } from "../../../src/tui/terminal/keys.ts";
import type { Key, KeyInput } from "../../../src/tui/terminal/keys.ts";
import { ManualTime } from "../../support/terminal/terminal.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Names, and for text what was typed. */
const told = (keys: Key[]): string[] => keys.map(({ name, text }) => (name === "text" ? `"${text}"` : name));

const decode = (...chunks: string[]): string[] => {
  const decoder = new KeyDecoder();
  return told([...chunks.flatMap((chunk) => decoder.push(bytes(chunk))), ...decoder.flush()]);
};

describe("decoding keys", () => {
  test.each([
    ["abc", ['"abc"']],
    ["日本é👍", ['"日本é👍"']],
    ["a\rb\n", ['"a"', "enter", '"b"', "enter"]],
    ["\x7f\b\t", ["backspace", "backspace", "tab"]],
    ["\x03\x0c\x15\x04", ["ctrl-c", "ctrl-l", "ctrl-u", "ctrl-d"]],
    ["\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]],
    ["\x1bOA\x1bOH\x1bOF", ["up", "home", "end"]],
    ["\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~", ["home", "end", "home", "end", "home", "end"]],
    ["\x1b[5~\x1b[6~\x1b[3~\x1b[Z", ["pageup", "pagedown", "delete", "backtab"]],
    ["\x1b[1;5C\x1b[5;2~", ["right", "pageup"]],
    ["\x1bb\x1b", ["alt-b", "escape"]],
    ["\x1b\x1b[A", ["escape", "up"]],
    ["\x1b[99~\x1b[?1;2c\x1bOPx", ['"x"']],
    ["\x00\x1cx", ['"x"']],
    ["\u009bx", ['"x"']],
  ])("%j is %p", (text, keys) => {
    expect(decode(text)).toEqual(keys);
  });

  test("gives the same wherever the bytes are split", () => {
    const text = "é日👍\x1b[1;5C\x1bOA\x1b[200~p\rq\x1b[201~z\r";
    const whole = bytes(text);
    for (let at = 1; at < whole.length; at++) {
      const decoder = new KeyDecoder();
      const keys = [...decoder.push(whole.slice(0, at)), ...decoder.push(whole.slice(at))];
      expect(told(keys).join("").replaceAll('""', "")).toBe('"é日👍"rightup"p qz"enter');
      expect(decoder.pending).toBe(false);
    }
  });

  test("takes a paste as text that presses no key", () => {
    expect(decode("\x1b[200~one\r\ntwo\x1b[A\x03\tthree\x1b[201~")).toEqual(['"one two[A three"']);
    expect(decode("\x1b[200~on", "e\x1b[20", "1~")).toEqual(['"one"']);
    expect(decode("\x1b[200~\x1b[201~")).toEqual([]);
  });

  test("a lone escape is a key once nothing follows", () => {
    const decoder = new KeyDecoder();
    expect(decoder.push(bytes("\x1b"))).toEqual([]);
    expect(decoder.pending).toBe(true);
    expect(told(decoder.flush())).toEqual(["escape"]);
    expect(decoder.pending).toBe(false);
  });
});

class FakeInput implements KeyInput {
  isTTY = true;
  isRaw = false;
  readonly calls: string[] = [];
  #listener: ((chunk: Uint8Array) => void) | null = null;

  setRawMode(raw: boolean): void {
    this.isRaw = raw;
    this.calls.push(`raw ${raw}`);
  }

  on(_event: "data", listener: (chunk: Uint8Array) => void): void {
    this.#listener = listener;
  }

  off(): void {
    this.#listener = null;
  }

  resume(): void {
    this.calls.push("resume");
  }

  pause(): void {
    this.calls.push("pause");
  }

  type(text: string): void {
    this.#listener?.(bytes(text));
  }
}

function reading(onKey?: (key: Key, reader: KeyReader) => void) {
  const input = new FakeInput();
  const time = new ManualTime();
  const keys: Key[] = [];
  const reader: KeyReader = new KeyReader(
    input,
    (key) => {
      keys.push(key);
      onKey?.(key, reader);
    },
    { schedule: time.schedule },
  );
  return { input, time, keys, reader };
}

describe("reading keys", () => {
  test("takes the terminal raw and gives it back as it was, once", () => {
    const { input, keys, reader } = reading();
    reader.start();
    reader.start();
    input.type("a");
    reader.stop();
    reader.stop();
    input.type("b");
    expect(input.calls).toEqual(["raw true", "resume", "raw false", "pause"]);
    expect(told(keys)).toEqual(['"a"']);
  });

  test("leaves a terminal raw that was raw", () => {
    const { input, reader } = reading();
    input.isRaw = true;
    reader.start();
    reader.stop();
    expect(input.isRaw).toBe(true);
  });

  test("does nothing where there is no terminal", () => {
    const { input, reader } = reading();
    input.isTTY = false;
    reader.start();
    reader.stop();
    expect(input.calls).toEqual([]);
  });

  test("tells of an escape when nothing has followed it for a while", () => {
    const { input, time, keys, reader } = reading();
    reader.start();
    input.type("\x1b");
    input.type("[A");
    time.pass();
    input.type("\x1b");
    expect(told(keys)).toEqual(["up"]);
    time.pass();
    expect(told(keys)).toEqual(["up", "escape"]);
  });

  test("can be stopped by the key it tells of", () => {
    const { input, keys, reader } = reading((key, reader) => {
      if (key.name === "ctrl-c") reader.stop();
    });
    reader.start();
    input.type("a\x03b\r");
    expect(told(keys)).toEqual(['"a"', "ctrl-c"]);
    expect(input.isRaw).toBe(false);
  });
});
