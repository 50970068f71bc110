import { oneLine } from "../core/text.ts";

/** A goal without marks of emphasis and code, and with the words of its links alone. */
export function bareGoal(markdown: string): string {
  return markdown.replace(/\*\*|__|`/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}

/** What a prompt says beside its goal, with which many begin once more: on one line, without marks. Null: nothing. */
export function beyondGoal(goal: string, prompt: string | null): string | null {
  const name = oneLine(bareGoal(goal));
  const said = oneLine(bareGoal((prompt ?? "").replace(/^\s*#{1,6}\s+/, "")));
  const isRepeated = said.startsWith(name) && /^(?:\s|$)/.test(said.slice(name.length));
  const more = isRepeated ? said.slice(name.length).trim() : said;
  return more === "" ? null : more;
}
