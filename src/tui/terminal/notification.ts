import type { Environment } from "../../core/environment.ts";
import { plain, shortened } from "../../core/text.ts";

/** The ways in which terminals take a notification: OSC 9 (iTerm2's), and OSC 777 (rxvt-unicode's). */
type Way = 9 | 777;

/** By what TERM_PROGRAM says. Sources: the documentation of each. */
const byProgram: Readonly<Record<string, Way>> = {
  "iTerm.app": 9,
  WezTerm: 777,
  ghostty: 777,
  WarpTerminal: 777,
};

/** By how TERM begins, for those that set no TERM_PROGRAM. */
const byTerm: readonly (readonly [string, Way])[] = [
  ["xterm-kitty", 9],
  ["xterm-ghostty", 777],
  ["foot", 777],
  ["rxvt-unicode", 777],
];

/**
 * What rings a terminal's bell, and shows a notification where the terminal is known to take one: elsewhere it might print
 * it. The texts become one safe line each.
 */
export function terminalNotification(env: Environment, title: string, text: string): string {
  const way = wayOf(env);
  if (way === null) return bell;
  // a semicolon would begin another field
  const [head, body] = [safe(title).replaceAll(";", ","), safe(text)];
  return way === 9
    ? `\x1b]9;${head}: ${body}${bell}${bell}`
    : `\x1b]777;notify;${head};${body}${bell}${bell}`;
}

/** It also ends an OSC. */
const bell = "\x07";
const maxLength = 200;

function wayOf({ TERM_PROGRAM: program = "", TERM: term = "" }: Environment): Way | null {
  if (Object.hasOwn(byProgram, program)) return byProgram[program] ?? null;
  // within a multiplexer the terminal's own program may still be named by TERM alone
  return byTerm.find(([begins]) => term.startsWith(begins))?.[1] ?? null;
}

function safe(text: string): string {
  return shortened(plain(text), maxLength);
}
