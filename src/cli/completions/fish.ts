import { version } from "../../core/version.ts";
import type { Arg, CommandWords, Flag, Value } from "./words.ts";

export function fishScript(commands: readonly CommandWords[]): string {
  return `# fish completion for cord ${version}, made by: cord completions fish
function __cord_is
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end

function __cord_is_alone
    set -l words (commandline -opc)
    test (count $words) -eq 1
end

complete -c cord -f
complete -c cord -n __cord_is_alone -l help -d 'show this help'
complete -c cord -n __cord_is_alone -l version -d 'print the version'
${commands.flatMap(linesOf).join("\n")}`;
}

function linesOf({ name, summary, flags, args }: CommandWords): string[] {
  const here = `complete -c cord -n '__cord_is ${name}'`;
  return [
    `complete -c cord -n __cord_is_alone -a ${name} -d ${quoted(summary)}`,
    ...flags.map((flag) => `${here} ${namesOf(flag)}${valueOf(flag)} -d ${quoted(flag.summary)}`),
    ...args.flatMap((arg) => argLine(here, arg)),
  ];
}

function namesOf({ names }: Flag): string {
  return names
    .map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
    .join(" ");
}

/** -x: a value, and no path; -r -F: a value, which is a path. A value that may be left out is not asked for. */
function valueOf({ value }: Flag): string {
  if (value === null || value.isOptional) return "";
  const action = actionOf(value);
  return action === "" ? " -x" : ` -r ${action}`;
}

function argLine(here: string, arg: Arg): string[] {
  const action = actionOf(arg);
  return action === "" ? [] : [`${here} ${action}`];
}

function actionOf({ words, path }: Value): string {
  if (words.length > 0) return `-f -a ${quoted(words.join(" "))}`;
  if (path === null) return "";
  return path === "file" ? "-F" : "-f -a '(__fish_complete_directories)'";
}

/** Within single quotes fish reads a backslash before a quote or a backslash only. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
