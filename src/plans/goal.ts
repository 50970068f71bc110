import { oneLine, plainLines } from "../core/text.ts";

/** A goal without marks of emphasis and code, and with the words of its links alone. */
export function bareGoal(markdown: string): string {
  return markdown.replace(/\*\*|__|`/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}

/** What a prompt says beside its goal, with which many begin once more: on one line, without marks. Null: nothing. */
export function beyondGoal(goal: string, prompt: string | null): string | null {
  const said = bareLine(prompt ?? "");
  const more = beginsWithGoal(goal, prompt ?? "") ? said.slice(bareLine(goal).length).trim() : said;
  return more === "" ? null : more;
}

function beginsWithGoal(goal: string, text: string): boolean {
  const [name, said] = [bareLine(goal), bareLine(text)];
  return said.startsWith(name) && /^(?:\s|$)/.test(said.slice(name.length));
}

function bareLine(markdown: string): string {
  return oneLine(bareGoal(markdown.replace(/^\s*#{1,6}\s+/, "")));
}

/** The same, with each item of a list and each paragraph in a line of its own. */
export function linesBeyondGoal(goal: string, prompt: string | null): string[] {
  if (beyondGoal(goal, prompt) === null) return [];
  const [first = "", ...lines] = linesIn(prompt ?? "");
  const more = beyondGoal(goal, first);
  return more === null ? lines : [beginsWithGoal(goal, first) ? more : first, ...lines];
}

function linesIn(markdown: string): string[] {
  const lines: string[] = [];
  let isOpen = false;
  for (const line of plainLines(markdown).split("\n")) {
    const isBlank = line.trim() === "";
    if (!isBlank && isOpen && !beginning.test(line)) lines.push(`${lines.pop() ?? ""} ${line.trim()}`);
    else if (!isBlank) lines.push(line.trimEnd());
    isOpen = !isBlank && !heading.test(line);
  }
  return lines;
}

const heading = /^#{1,6}\s/;
/** Of a line that goes on with no paragraph: a heading, an item, a quotation, a table, a fence. */
const beginning = /^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|>|\||```)/;
