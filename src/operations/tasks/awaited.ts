import { wordsOf, type Filter } from "../../core/filter.ts";
import { plain, shortened } from "../../core/text.ts";
import { listed } from "../../core/wording.ts";

/** What a wait by this filter waits for, as `a task (kind: bug, state: pending)`. */
export function awaited(filter: Filter): string {
  const { kind, state, priority, name_contains, to, claimed_by } = filter;
  const parts = [
    said("kind", wordsOf(kind)),
    said("state", wordsOf(state)),
    said("priority", wordsOf(priority)),
    said("name contains", name_contains),
    said("to", to),
    said("claimed by", claimed_by),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "a task" : `a task (${parts.join(", ")})`;
}

function said(field: string, given: string | readonly string[] | undefined): string {
  if (given === undefined || given === "") return "";
  const text = typeof given === "string" ? given : listed(given, maxWords).replaceAll(", ", " or ");
  return `${field}: ${shortened(plain(text), maxCharacters)}`;
}

const maxWords = 4;
const maxCharacters = 80;
