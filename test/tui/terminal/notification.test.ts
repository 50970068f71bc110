import { expect, test } from "bun:test";
import { terminalNotification } from "../../../src/tui/terminal/notification.ts";

/** What reaches a terminal: the bell everywhere, and a notification where it is known to be taken. */

const told = (TERM: string, TERM_PROGRAM?: string) =>
  terminalNotification({ TERM, TERM_PROGRAM }, "cord", "#4 asks: Which?");

test.each([
  ["xterm-256color", undefined, "\x07"],
  ["xterm-256color", "Apple_Terminal", "\x07"],
  ["screen-256color", "tmux", "\x07"],
  ["xterm-256color", "toString", "\x07"],
  ["xterm-256color", "iTerm.app", "\x1b]9;cord: #4 asks: Which?\x07\x07"],
  ["xterm-kitty", undefined, "\x1b]9;cord: #4 asks: Which?\x07\x07"],
  ["xterm-256color", "WezTerm", "\x1b]777;notify;cord;#4 asks: Which?\x07\x07"],
  ["foot", undefined, "\x1b]777;notify;cord;#4 asks: Which?\x07\x07"],
])("%s of %p gets what it takes", (term, program, wanted) => {
  expect(told(term, program)).toBe(wanted);
});

test("what an agent wrote ends no sequence, begins none, and is bounded", () => {
  const hostile = `a\x07b\x1b]52;c;aGk=\x07c\x1b\\d\x9ce\u202ef\n${"x".repeat(10_000)}`;
  const sent = terminalNotification({ TERM: "foot" }, "co;rd", hostile);
  expect(sent).toBe(`\x1b]777;notify;co,rd;abcdef ${"x".repeat(192)}…\x07\x07`);
});
