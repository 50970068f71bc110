import type { Edit } from "./edit.ts";
import { eolOf } from "./text-lines.ts";

/**
 * Recognises what coord, the board before this one, put into a kind of file. An agent that read both would use two
 * boards, so cord takes coord's place. Pure, and as careful as an Edit.
 */
export interface Predecessor {
  /** The text without coord's part. */
  without(text: string): string;
  /** The text with the part that stood in the text before init, if there was one. */
  restored(text: string, before: string): string;
}

/** The edit, in the place of what coord's own init put there. It comes back when cord's part is taken out again. */
export function inPlaceOf(old: Predecessor, edit: Edit): Edit {
  return {
    ...edit,
    put: (text, force) => edit.put(text === undefined ? undefined : old.without(text), force),
    take(text, force, before) {
      const taken = edit.take(text, force, before);
      return before === undefined ? taken : { ...taken, text: old.restored(taken.text, before) };
    },
  };
}

/** Whether a server's entry starts coord's bridge, under whatever path: `coord mcp`. */
export function startsCoord(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null || !("command" in entry)) return false;
  const [program, first] = [entry.command, "args" in entry ? entry.args : []].flat();
  return typeof program === "string" && /(?:^|[/\\])coord(?:\.exe)?$/.test(program) && first === "mcp";
}

/** coord's init writes its protocol as the whole of AGENTS.md, and people paste it into other files: its title, and its sections. */
export const coordProtocol: Predecessor = {
  without(text) {
    const span = protocolIn(text);
    if (span === null) return text;
    const rest = text.slice(0, span.from) + text.slice(span.until);
    return rest.trim() === "" ? "" : rest;
  },
  restored(text, before) {
    const span = protocolIn(before);
    if (span === null || protocolIn(text) !== null) return text;
    const part = before.slice(span.from, span.until).trimEnd() + eolOf(before);
    return text.trim() === "" ? part : part + eolOf(before) + text;
  },
};

const title = /^# Working with `?coord`?$/;

/** The titles of its sections, in its versions 0.3 and 0.4. What stands under another one is its owner's. */
const sections: ReadonlySet<string> = new Set([
  "The one rule",
  "How you talk to coord",
  "Pick a handle",
  "On every turn, before doing anything else",
  "When you verify another agent's work",
  "When you start meaningful work",
  "When you finish meaningful work",
  "When you find a bug or have a question for another tab",
  "When you claim work",
  "When you're a watcher",
  "Don't",
  "Recap before you stop",
]);

/** From its title to the next heading that is not its own, or to what another tool has marked as its part. */
function protocolIn(text: string): { from: number; until: number } | null {
  let from: number | null = null;
  let fence: string | null = null;
  let at = 0;
  for (const line of text.split(/(?<=\n)/)) {
    const said = line.trimEnd();
    const mark = /^(?:```+|~~~+)/.exec(said)?.[0] ?? null;
    if (fence === null && from === null && title.test(said)) from = at;
    else if (fence === null && from !== null && isOthers(said)) return { from, until: at };
    if (fence === null) fence = mark;
    else if (mark !== null && said.startsWith(fence)) fence = null;
    at += line.length;
  }
  return from === null ? null : { from, until: text.length };
}

function isOthers(line: string): boolean {
  const heading = /^(#{1,2}) +(.+?)[ #]*$/.exec(line);
  if (heading === null) return line.startsWith("<!--");
  return heading[1] === "#" || !sections.has(heading[2] ?? "");
}
