import { version } from "../../core/version.ts";
import type { CommandWords, Flag, Value } from "./words.ts";

/** Runs in bash 3.2 too, which macOS has: no associative arrays, and compopt only where it is. */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# bash completion for cord ${version}, made by: cord completions bash
_cord() {
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _cord_words "${commands.map(({ name }) => name).join(" ")} --help --version"
    return
  fi
  # --flag=value comes as three words
  if [ "$word" = "=" ]; then word=""; elif [ "$before" = "=" ]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case "$command $before" in
${commands.flatMap(flagCases).join("\n")}
  esac
  case "$command" in
${commands.map(commandCase).join("\n")}
  esac
}

_cord_words() {
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}

_cord_paths() {
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$word"))
}

complete -F _cord cord`;
}

/**
 * What follows a flag that takes a value; nothing where only the person knows it. A value that may be left out is not
 * asked for: what follows may be a flag as well.
 */
function flagCases({ name, flags }: CommandWords): string[] {
  const byAction = Map.groupBy(flags.flatMap(valued), ({ action }) => action);
  return [...byAction].map(([action, group]) => {
    const patterns = group.map(({ spelling }) => `"${name} ${spelling}"`).join(" | ");
    return `    ${patterns}) ${action} ;;`;
  });
}

function valued({ names, value }: Flag): { spelling: string; action: string }[] {
  if (value === null || value.isOptional) return [];
  const action = completed(value);
  return names.map((spelling) => ({ spelling, action: action === ":" ? "return" : `${action}; return` }));
}

function commandCase({ name, flags, args }: CommandWords): string {
  const names = flags.flatMap((flag) => flag.names).join(" ");
  const arg = args.find(({ words, path }) => words.length > 0 || path !== null);
  if (arg === undefined) return `    ${name}) _cord_words "${names}" ;;`;
  return `    ${name}) case "$word" in -*) _cord_words "${names}" ;; *) ${completed(arg)} ;; esac ;;`;
}

function completed({ words, path }: Value): string {
  if (words.length > 0) return `_cord_words "${words.join(" ")}"`;
  if (path === null) return ":";
  return `_cord_paths ${path === "file" ? "-f" : "-d"}`;
}
