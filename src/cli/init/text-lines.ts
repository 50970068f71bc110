/** What a text's own style is, so that what is added to it looks as if its author had written it. */

/** The line ending of the first line; "\n" where there is none. */
export function eolOf(text: string): "\r\n" | "\n" {
  return /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
}

/** One step of indentation: that of the first indented line, else two spaces. */
export function unitOf(text: string): string {
  return /^(?:\t| {1,8})(?=[^\s*])/m.exec(text)?.[0] ?? "  ";
}

/** The leading blanks of the line that holds this offset. */
export function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";
}

/** Line and column, from 1, as editors count them. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** Splits off a byte order mark, which parsers trip over and writers must give back. */
export function splitMark(text: string): { mark: string; body: string } {
  return text.startsWith("\uFEFF") ? { mark: "\uFEFF", body: text.slice(1) } : { mark: "", body: text };
}
