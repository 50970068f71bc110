import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { commands } from "../../../src/cli/commands.ts";

/** A call of cord that a page shows: the command and the flags given to it. */
export interface Call {
  /** null for `cord --version` and the like */
  command: string | null;
  /** the words after it, up to the end of the call */
  words: string[];
}

/** The calls of cord in lines of a shell. What a comment says, or what is between quotes, is none. */
export function callsIn(shell: string): Call[] {
  const joined = shell.replaceAll(/\\\n\s*/g, " ");
  return joined.split("\n").flatMap((line) => partsOf(line).flatMap((words) => callOf(words) ?? []));
}

/** The simple commands of a line, as their words. A quoted text is one word, whatever is in it. */
function partsOf(line: string): string[][] {
  const parts: string[][] = [[]];
  for (const [word] of line.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|[|&;()`]+|\$\(|[^\s"'|&;()`]+/g)) {
    if (word.startsWith("#")) break;
    if (/^(?:[|&;()`]+|\$\()$/.test(word)) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}

/** Variables, a prompt's sign and words that run another command may stand before it. */
function callOf(words: readonly string[]): Call | null {
  const at = words.findIndex(
    (word) => !/^(?:\w+=.*|\$|[$!]|if|while|until|then|do|sudo|exec|command)$/.test(word),
  );
  const program = words[at] ?? "";
  if (!/(?:^|\/)cord$/.test(program)) return null;
  const [first, ...rest] = words.slice(at + 1);
  if (first === undefined || first.startsWith("-")) return { command: null, words: words.slice(at + 1) };
  return { command: first, words: rest };
}

/** What in a call no such command knows: the command itself, or a flag. */
export async function unknownIn({ command, words }: Call): Promise<string[]> {
  if (command === null) return words.filter((word) => !/^(?:-v|--version|-h|--help)$/.test(word));
  if (command === "help" || placeholder.test(command)) return [];
  const listed = commands.get(command);
  if (listed === undefined) return [`cord ${command}`];
  const known = flagsOf((await listed.load()).command);
  const end = words.indexOf("--");
  const flags = (end === -1 ? words : words.slice(0, end)).filter((word) => /^--?[a-zA-Z]/.test(word));
  return flags
    .map((flag) => flag.replace(/[=[].*$/, ""))
    .filter((flag) => !known.has(flag))
    .map((flag) => `cord ${command} ${flag}`);
}

/** `cord COMMAND --help` */
const placeholder = /^[A-Z]+$/;

function flagsOf(command: CommandUnknownOpts): ReadonlySet<string> {
  const own = command.options.flatMap(({ long, short }) => [long ?? "", short ?? ""]);
  return new Set([...own, ...command.commands.flatMap((child) => [...flagsOf(child)]), "--help", "-h"]);
}
