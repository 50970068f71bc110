/** cord's part of a pre-commit hook, and how it is put into a shell's script. Pure. */

const begin = "# >>> cord guard: refuses a commit of files that another has reserved";
const end = "# <<< cord guard";

/**
 * It stands before everything else, so whatever options the script sets come later. 1 is a refusal: all else, as of a cord that does
 * not know the hook, lets the commit go on.
 */
export const block = [
  begin,
  'if [ "${CORD_GUARD:-on}" != off ] && command -v cord >/dev/null 2>&1; then',
  "  cord hook git-pre-commit </dev/null || [ $? -ne 1 ] || exit 1",
  "fi",
  end,
  "",
].join("\n");

const shebang = "#!/bin/sh\n";

/** A hook that is cord's alone. */
export const ownHook = shebang + block;

/** One that goes on with the hook that was there, which lies beside it under this name. */
export function wrapperOf(aside: string): string {
  return `${ownHook}
# The hook that was here before. It comes back with: cord init --remove
before="$(dirname -- "$0")/${aside}"
if [ -x "$before" ]; then exec "$before" "$@"; fi
`;
}

export function hasBlock(text: string): boolean {
  return spanOf(text) !== null;
}

/** The text with the block as it is now, after its first line if that says which shell it is for. */
export function withBlock(text: string): string {
  const span = spanOf(text);
  if (span !== null) return text.slice(0, span.from) + block + text.slice(span.until);
  const [first = ""] = /^#![^\n]*\n?/.exec(text) ?? [];
  const head = first === "" || first.endsWith("\n") ? first : `${first}\n`;
  return head + block + text.slice(first.length);
}

export function withoutBlock(text: string): string {
  const span = spanOf(text);
  return span === null ? text : text.slice(0, span.from) + text.slice(span.until);
}

/** Whether a script is one of a POSIX shell's, as its first line says. Without such a line git runs it by sh. */
export function isShell(text: string): boolean {
  if (text.includes("\r") || text.includes("\0")) return false;
  const program = /^#!\s*(\S+)(?:\s+(?:-S\s+)?(\S+))?/.exec(text);
  if (program === null) return !text.startsWith("#!");
  const [, path = "", argument = ""] = program;
  const name = (/(?:^|\/)env$/.test(path) ? argument : path).split("/").at(-1) ?? "";
  return shells.has(name);
}

const shells: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"]);

function spanOf(text: string): { from: number; until: number } | null {
  const from = text.indexOf(begin);
  const last = text.indexOf(end, from);
  if (from < 0 || last < 0) return null;
  const until = last + end.length;
  return { from, until: text.startsWith("\n", until) ? until + 1 : until };
}
