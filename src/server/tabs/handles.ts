import { addressee } from "../../core/concerns.ts";
import { fold, plain } from "../../core/text.ts";
import type { ClientKind } from "../../core/tab.ts";
import { isAgent, isEngine, isRunAgent } from "../../core/words.ts";

/** What a tab's handle is made of, where its agent has not chosen one. */
export interface NamedBy {
  /** what the client shows its person */
  shownName?: string | undefined;
  client: ClientKind;
  project: string | null;
}

/** In characters; the number that makes it unique comes after it. */
const maxBase = 48;

/** Whether it can name one tab, and nobody else: engines and the agents of runs have no inbox. */
export function isName(handle: string): boolean {
  const isOthers = !isAgent(handle) || isEngine(handle) || isRunAgent(handle);
  return !isOthers && "agent" in addressee(handle, null) && plain(handle).trim() !== "";
}

/** The handle that a tab is given, if nobody has it: the name that its client shows, else client and project. */
export function handleFor({ shownName, client, project }: NamedBy): string {
  const shown = slug(shownName ?? "");
  if (shown !== "" && isAgent(shown)) return shown;
  const name = slug(project?.split(/[/\\]/).findLast((part) => part !== "") ?? "");
  const program = client === "other" ? "agent" : client;
  return name === "" ? program : cut(`${program}-${name}`);
}

/** Letters, digits and what may stand between them; all else becomes a hyphen. */
function slug(text: string): string {
  return cut(fold(plain(text)).replace(/[^\p{L}\p{N}._]+/gu, "-"));
}

function cut(text: string): string {
  return [...text.replace(/^[-._]+/, "")]
    .slice(0, maxBase)
    .join("")
    .replace(/[-._]+$/, "");
}

/** A handle, and those that are made of it; the last one is the tab's alone. */
export function* candidates(base: string, id: string): Generator<string, string> {
  yield base;
  for (let number = 2; number <= maxNumber; number += 1) yield `${base}-${number}`;
  return `${base}-${id}`;
}

/** Each that is looked at costs some time. */
const maxNumber = 250;

/** Whether a handle is this one, or was made of it. */
export function isMadeOf(handle: string, base: string): boolean {
  return (
    handle === base || (handle.startsWith(`${base}-`) && /^\d{1,3}$/.test(handle.slice(base.length + 1)))
  );
}
