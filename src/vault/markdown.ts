import { stringify } from "yaml";
import { plain, plainLines } from "../core/text.ts";

/**
 * Text from agents is hostile here too: in Obsidian a `[[name]]`, a #tag, HTML or a plugin's inline query in a goal
 * or result would become a link, a mark or code of the reader's. So such text is quoted in the frontmatter, escaped
 * in the title, and code everywhere else, where it is only text.
 */
type Property = string | number | null | readonly string[];

/** The frontmatter, its keys in the order given. Every string is quoted, so that YAML 1.1 and 1.2 read the same. */
export function frontmatter(properties: Readonly<Record<string, Property>>): string {
  const shown = Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, shownProperty(value)]),
  );
  const yaml = stringify(shown, {
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
  return `---\n${yaml}---\n`;
}

/** Obsidian makes a link of brackets in a property, too. */
function shownProperty(value: Property): unknown {
  if (typeof value === "string") return unlinked(value);
  return typeof value === "object" && value !== null ? value.map(unlinked) : value;
}

function unlinked(text: string): string {
  return inert(plain(text).replace(/\[(?=\[)/g, "[ "));
}

/**
 * Templater runs what follows `<%`, and Dataview makes a property of a line with `key:: value`, even inside code:
 * both are broken up. A `::` without a space behind it, as in program text, is kept.
 */
function inert(text: string): string {
  return text.replaceAll("<%", "< %").replace(/:(?=:(?:\s|$))/gm, ": ");
}

/** How a note begins that is about this id. It is how the vault knows its own notes from a person's. */
export function headOf(id: string): string {
  return frontmatter({ id }).slice(0, -"---\n".length);
}

/** A title, whose every mark is only text. */
export function title(text: string): string {
  const line = plain(text).trim();
  return `# ${
    line === ""
      ? "(no name)"
      : inert(line)
          .replace(markPattern, "\\$&")
          .replace(/(?<=www)\./gi, "\\.")
  }\n`;
}

const markPattern = /[\\`*_{}[\]<>#%$=~^|!&@]|(?<=:)\/|(?<=:\/)\//g;

/** A link to a note. The path is made of the vault's own names, so nothing in it can end the link. */
export function link(path: string): string {
  return `[[${path}]]`;
}

/** A line of foreign text within a sentence. In quotes, because plugins run code that begins with = or $. */
export function quoted(text: string): string {
  const line = `"${inert(plain(text))}"`;
  const fence = fenceFor(line, 1);
  return `${fence}${line}${fence}`;
}

/** A block of foreign text. Its fence is longer than any inside. */
export function block(text: string, language: "json" | "text"): string {
  const lines = inert(plainLines(text));
  const fence = fenceFor(lines, 3);
  return `${fence}${language}\n${lines}\n${fence}\n`;
}

/** A value of an agent's: text as it is, all else as JSON. */
export function valueBlock(value: unknown): string {
  return typeof value === "string" ? block(value, "text") : block(JSON.stringify(value, null, 2), "json");
}

function fenceFor(text: string, min: number): string {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return "`".repeat(Math.max(min, longest + 1));
}
