import { version } from "../../core/version.ts";
import type { Arg, CommandWords, Flag, Value } from "./words.ts";

/** Works both ways: sourced after compinit, and as the file _cord in a folder of $fpath. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef cord
# zsh completion for cord ${version}, made by: cord completions zsh
_cord() {
  if (( CURRENT == 2 )); then
    local -a commands
    commands=(
${commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`).join("\n")}
    )
    _describe -t commands command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  # flags come once their hyphen is typed: it would be put in otherwise
  case $words[1] in
${commands.map(commandCase).join("\n")}
  esac
}

# what cord knows, with what each word stands for
_cord_live() {
  local -a found
  found=(\${(f)"$(command cord complete-words $1 $words[1] "$PREFIX" 2>/dev/null)"})
  found=("\${(@)found/$'\\t'/:}")
  (( $#found )) && _describe -V -t $1 $1 found
}

if [ "$funcstack[1]" = "_cord" ]; then
  _cord "$@"
else
  compdef _cord cord
fi`;
}

function commandCase({ name, flags, args }: CommandWords): string {
  const specs = [...flags.flatMap(flagSpecs), ...args.map(argSpec), ...(args.length === 0 ? ["': :'"] : [])];
  return `    ${name})\n      _arguments ${specs.join(" \\\n        ")} ;;`;
}

/** `'(--follow -f)--follow[…]'`, once for each spelling; `=` lets a value stand behind a space and behind `=`. */
function flagSpecs({ names, summary, value, repeats }: Flag): string[] {
  return names.map((name) => {
    const others = repeats ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
    const wanted = value === null ? "" : `:${value.isOptional ? ":" : ""}${value.name}:${action(value)}`;
    const equals = value && !value.isOptional && name.startsWith("--") ? "=" : "";
    return quoted(`${others}${name}${equals}[${summary.replace(/[[\]:\\]/g, "\\$&")}]${wanted}`);
  });
}

function argSpec(arg: Arg): string {
  return quoted(`${arg.repeats ? "*" : ""}:${arg.name}:${action(arg)}`);
}

function action({ words, path, live }: Value): string {
  if (words.length > 0) return `(${words.join(" ")})`;
  if (live !== null) return ` _cord_live ${live}`;
  if (path === null) return " ";
  return path === "file" ? "_files" : "_files -/";
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
