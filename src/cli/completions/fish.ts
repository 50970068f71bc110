import { version } from "../../core/version.ts";
import { valueFlags, type Arg, type CommandWords, type Flag, type Value } from "./words.ts";

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

# how many arguments stand before the word
function __cord_at
    set -l words (commandline -opc)[3..-1]
    set -l count 0
    set -l skips 0
    for word in $words
        if test $skips -eq 1
            set skips 0
        else if contains -- $word ${valueFlags(commands).join(" ")}
            set skips 1
        else if not string match -q -- '-*' $word
            set count (math $count + 1)
        end
    end
    test $count -ge $argv[1]; and test $count -le $argv[2]
end

# what cord knows, with what each word stands for
function __cord_live
    command cord complete-words $argv (commandline -ct | string replace -r '^--[^=]*=' '') 2>/dev/null
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
    ...flags.map((flag) => `${here} ${namesOf(flag)}${valueOf(flag, name)} -d ${quoted(flag.summary)}`),
    ...args.flatMap((arg, at) => argLine(name, arg, at)),
  ];
}

function namesOf({ names }: Flag): string {
  return names
    .map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
    .join(" ");
}

/** -x: a value, and no path; -r -F: a value, which is a path. A value that may be left out is not asked for. */
function valueOf({ value }: Flag, command: string): string {
  if (value === null || value.isOptional) return "";
  const action = actionOf(value, command);
  return action === "" ? " -x" : ` -r ${action}`;
}

function argLine(name: string, arg: Arg, at: number): string[] {
  const action = actionOf(arg, name);
  const here = `complete -c cord -n '__cord_is ${name}; and __cord_at ${at} ${arg.repeats ? 1000 : at}'`;
  return action === "" ? [] : [`${here} ${action}`];
}

function actionOf({ words, path, live }: Value, command: string): string {
  if (words.length > 0) return `-f -a ${quoted(words.join(" "))}`;
  if (live !== null) return `-f -k -a '(__cord_live ${live} ${command})'`;
  if (path === null) return "";
  return path === "file" ? "-F" : "-f -a '(__fish_complete_directories)'";
}

/** Within single quotes fish reads a backslash before a quote or a backslash only. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
