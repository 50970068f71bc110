import { plain, plainLines } from "../core/text.ts";

/** A piece of a page that is markup already: only `html` and what is written in this folder makes one. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Value = string | number | Html | readonly Html[];

/** Markup with values in it. A text is escaped: it holds in an element, and in an attribute between quotation marks. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(
    strings.reduce((markup, part, at) => {
      const value = values[at - 1];
      return markup + (value === undefined ? "" : markupOf(value)) + part;
    }),
  );
}

export const nothing = new Html("");

/** The text of others on one line. Nothing of it can hide or reorder what stands around it. */
export function line(text: string): Html {
  return new Html(escaped(plain(text)));
}

/** The text of others with its line breaks, for an element that keeps them. */
export function lines(text: string): Html {
  return new Html(escaped(plainLines(text)));
}

/** Data for a script element: it reads as the same value, and nothing in it ends the element or begins a comment. */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function markupOf(value: Value): string {
  if (value instanceof Html) return value.markup;
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? escaped(value) : value.map(({ markup }) => markup).join("");
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities.get(character) ?? "");
}

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);
