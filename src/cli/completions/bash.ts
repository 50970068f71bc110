import { version } from "../../core/version.ts";
import { valueFlags, type Arg, type CommandWords, type Flag, type Value } from "./words.ts";

/**
 * Also runs in bash 3.2, which macOS has: no associative arrays, and compopt only if there is one. Flags are offered
 * once a hyphen is typed: all begin with it, so bash would insert one where nobody wants it.
 */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# bash completion for cord ${version}, made by: cord completions bash
_cord() {
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    case "$word" in -*) _cord_words "--help --version" ;; *) _cord_words "${commands.map(({ name }) => name).join(" ")}" ;; esac
    return
  fi
  # --flag=value comes as three words
  if [ "$word" = "=" ]; then word=""; elif [ "$before" = "=" ]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case "$command $before" in
${commands.flatMap(flagCases).join("\n")}
  esac
  case "$word" in -*) _cord_flags; return ;; esac
  case "$command $(_cord_position)" in
${commands.flatMap(argCases).join("\n")}
  esac
}

_cord_flags() {
  case "$command" in
${commands.map(({ name, flags }) => `    ${name}) _cord_words "${flags.flatMap(({ names }) => names).join(" ")}" ;;`).join("\n")}
  esac
}

# how many arguments stand before the word
_cord_position() {
  local at=2 count=0
  while [ "$at" -lt "$COMP_CWORD" ]; do
    case " ${valueFlags(commands).join(" ")} " in
      *" \${COMP_WORDS[at]} "*)
        at=$((at + 1))
        if [ "\${COMP_WORDS[at]}" = "=" ]; then at=$((at + 1)); fi ;;
      *) case "\${COMP_WORDS[at]}" in -*) ;; *) count=$((count + 1)) ;; esac ;;
    esac
    at=$((at + 1))
  done
  echo "$count"
}

_cord_words() {
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}

# what cord knows; it gives only words that mean nothing to a shell
_cord_live() {
  COMPREPLY=($(command cord complete-words "$1" "$command" "$word" 2>/dev/null | cut -f 1))
}

_cord_paths() {
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$word"))
}

complete -F _cord cord`;
}

/**
 * The words that complete a flag's value; none where only the person knows it. Where the value is optional, another
 * flag may follow.
 */
function flagCases({ name, flags }: CommandWords): string[] {
  const byAction = Map.groupBy(flags.flatMap(valued), ({ action }) => action);
  return [...byAction].map(([action, group]) => {
    const patterns = group.map(({ spelling }) => `"${name} ${spelling}"`).join(" | ");
    return `    ${patterns}) ${action} ;;`;
  });
}

function valued({ names, value }: Flag): { spelling: string; action: string }[] {
  if (value === null) return [];
  const known = completed(value);
  if (value.isOptional && known === null) return [];
  const done = known === null ? "return" : `${known}; return`;
  const action = value.isOptional ? `case "$word" in -*) ;; *) ${done} ;; esac` : done;
  return names.map((spelling) => ({ spelling, action }));
}

/** By its place; the last one's too for all that follow, if it repeats. */
function argCases({ name, args }: CommandWords): string[] {
  return args.flatMap((arg: Arg, at) => {
    const action = completed(arg);
    return action === null ? [] : [`    "${name} "${arg.repeats ? "*" : at}) ${action} ;;`];
  });
}

function completed({ words, path, live }: Value): string | null {
  if (words.length > 0) return `_cord_words "${words.join(" ")}"`;
  if (live !== null) return `_cord_live ${live}`;
  if (path === null) return null;
  return `_cord_paths ${path === "file" ? "-f" : "-d"}`;
}
