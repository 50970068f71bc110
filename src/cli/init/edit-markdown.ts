import { CordError } from "../../core/error.ts";
import type { Edit, Edited } from "./edit.ts";
import { digest } from "./record.ts";
import { eolOf } from "./text-lines.ts";

const beginMark = "<!-- cord:begin -->";
const endMark = "<!-- cord:end -->";

/**
 * Edits a Markdown file that holds cord's lines between two marks; the text around them is its owner's. earlier: the digests of the
 * blocks that cord wrote before, which give way to this one.
 */
export function blockEdit(lines: string, earlier: ReadonlySet<string> = new Set()): Edit {
  const block = `${beginMark}\n${lines.trim()}\n${endMark}`;

  function put(text: string | undefined, force: boolean): Edited {
    const held = text ?? "";
    const span = blockIn(held);
    const wished = block.replaceAll("\n", eolOf(held));
    if (span === undefined) return { text: append(held, wished), kept: [] };
    const present = held.slice(span.from, span.until).replaceAll("\r\n", "\n");
    if (present === block) return { text: held, kept: [] };
    if (!force && !earlier.has(digest(present)))
      return { text: held, kept: ["its cord block is another version, or was edited"] };
    return { text: held.slice(0, span.from) + wished + held.slice(span.until), kept: [] };
  }

  function take(text: string, force: boolean, before: string | undefined): Edited {
    const span = blockIn(text);
    if (span === undefined) return { text, kept: [] };
    if (!force && put(text, false).kept.length > 0) return { text, kept: ["its cord block was edited"] };
    const former = before === undefined ? undefined : blockIn(before);
    if (before !== undefined && former !== undefined) {
      return {
        text: text.slice(0, span.from) + before.slice(former.from, former.until) + text.slice(span.until),
        kept: [],
      };
    }
    return { text: cut(text, span.from, span.until), kept: [] };
  }

  return { put, take, isBare, byHand: () => ({ where: "add this to it", lines: block }), isNamed: true };
}

/** Edits a Markdown file that must import another one, by a line of its own. */
export function importEdit(line: string): Edit {
  return {
    put: (text) => ({ text: imports(text ?? "", line) ? (text ?? "") : append(text ?? "", line), kept: [] }),
    take(text, _force, before) {
      // Without the text before init nobody knows whose the line is.
      if (before === undefined || imports(before, line)) return { text, kept: [] };
      const found = new RegExp(String.raw`^${RegExp.escape(line)}[ \t]*$`, "m").exec(text);
      return {
        text: found === null ? text : cut(text, found.index, found.index + found[0].length),
        kept: [],
      };
    },
    isBare,
    byHand: () => ({ where: "add this to it", lines: line }),
    isNamed: false,
  };
}

function blockIn(text: string): { from: number; until: number } | undefined {
  const from = text.indexOf(beginMark);
  const end = text.indexOf(endMark);
  if (from === -1 && end === -1) return undefined;
  const alone = from === text.lastIndexOf(beginMark) && end === text.lastIndexOf(endMark);
  if (!alone || from === -1 || end < from) {
    throw new CordError(
      "invalid",
      `it must hold one "${beginMark}" and after it one "${endMark}", or neither`,
    );
  }
  return { from, until: end + endMark.length };
}

/** Imports in fenced code are examples, which no client follows. */
function imports(text: string, line: string): boolean {
  const prose = text.replace(/^(```+|~~~+)[^]*?^\1/gm, "");
  return new RegExp(
    String.raw`(?:^|\s)@(?:\./)?${RegExp.escape(line.slice(1))}(?=[.,;:)]*(?:\s|$))`,
    "m",
  ).test(prose);
}

function append(text: string, lines: string): string {
  const eol = eolOf(text);
  const blank = text.trim() === "" || /\n\r?\n$/.test(text);
  const gap = text === "" || blank ? "" : text.endsWith("\n") ? eol : eol + eol;
  return text + gap + lines + eol;
}

/** Without the lines and without the blank one that set them apart. */
function cut(text: string, from: number, until: number): string {
  const head = text.slice(0, from);
  const tail = text.slice(until).replace(/^\r?\n/, "");
  return (tail === "" || /^\r?\n/.test(tail) ? head.replace(/(^|\n)\r?\n$/, "$1") : head) + tail;
}

function isBare(text: string): boolean {
  return text.trim() === "";
}
