import type { MarkedToken, Token } from "marked";

/** What keeps the time bounded that Markdown of others takes to be read, and which of it is drawn. Lengths in characters. */

/** What is longer is shown as it was written. */
export const maxRendered = 100_000;
/** Emphasis is read in paragraphs up to this length: in longer ones it could take quadratic time. */
export const maxInline = 4000;

/** Each level of quotation is read once more than the one above it. */
export function isTooDeep(text: string): boolean {
  return /(?:> ?){50}/.test(text);
}

/** What marked makes by itself; without extensions there is nothing else, and that would be shown as it was written. */
export function isKnown(token: Token): token is MarkedToken {
  return knownTypes.has(token.type);
}

const knownTypes: ReadonlySet<string> = new Set<MarkedToken["type"]>([
  "blockquote",
  "br",
  "checkbox",
  "code",
  "codespan",
  "def",
  "del",
  "em",
  "escape",
  "heading",
  "hr",
  "html",
  "image",
  "link",
  "list",
  "paragraph",
  "space",
  "strong",
  "table",
  "text",
]);

/** Those that Markdown itself makes one write. Others stay as they are: a number could stand for any character. */
export function withoutEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => entities.get(name) ?? "");
}

const entities: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["#39", "'"],
  ["nbsp", " "],
]);
