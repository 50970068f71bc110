import { Lexer, type MarkedToken, type Token, type Tokens } from "marked";
import { plain, plainLines } from "../core/text.ts";
import { isKnown, isTooDeep, maxInline, maxRendered, withoutEntities } from "./markdown-bounds.ts";
import { tableLines } from "./markdown-table.ts";
import { painter, type Paint, type Tone } from "./terminal/theme.ts";
import { widthOf } from "./terminal/width.ts";

interface Page {
  /** cells in a line */
  width: number;
  color: boolean;
}

/**
 * Renders Markdown for a terminal, never wider than the page except for lines of code. Other text stays as it is. The
 * text may be hostile: only its letters reach the terminal, each link shows its address, and the time depends on the
 * length alone; a text that is too long is not rendered.
 */
export function markdownText(text: string, page: Page): string {
  const safe = plainLines(text);
  if (safe.length > maxRendered || isTooDeep(safe)) return safe;
  try {
    const lexer = new Lexer();
    const tokens = lexer.blockTokens(safe, []);
    const lines = new Renderer(lexer, page.color).blocks(tokens, Math.max(minWidth, page.width));
    // what only defines links, or marks nothing, would be an empty page
    return lines.join("\n").trim() || safe;
  } catch (error) {
    if (error instanceof RangeError) return safe; // nested so deep that the stack has no room
    throw error;
  }
}

const minWidth = 20;
/** Prose is hard to read in longer lines. */
const proseWidth = 100;

class Renderer {
  readonly #lexer: Lexer;
  readonly #color: boolean;
  readonly #paint: Paint;

  constructor(lexer: Lexer, color: boolean) {
    this.#lexer = lexer;
    this.#color = color;
    this.#paint = painter(color);
  }

  /** Lines, with one that is empty between two blocks. */
  blocks(tokens: readonly Token[], width: number, gap = 1): string[] {
    const lines: string[] = [];
    for (const token of tokens) {
      const own = isKnown(token) ? this.#block(token, width) : this.#prose(plain(token.raw), width);
      if (own.length === 0) continue;
      if (lines.length > 0 && gap > 0) lines.push("");
      lines.push(...own);
    }
    return lines;
  }

  #block(token: MarkedToken, width: number): string[] {
    switch (token.type) {
      case "space":
      case "def":
        return [];
      case "heading":
        return this.#heading(token, width);
      case "code":
        return token.text.split("\n").map((line) => `  ${this.#paint("code", plain(line))}`);
      case "blockquote":
        return this.blocks(token.tokens, width - 2).map((line) => `${this.#paint("detail", "│")} ${line}`);
      case "list":
        return this.#list(token, width);
      case "table":
        return this.#table(token, width);
      case "hr":
        return [this.#paint("detail", "─".repeat(Math.min(width, 40)))];
      case "paragraph":
      case "text":
        return this.#prose(this.#inline(token.text), width);
      default:
        return this.#prose(plain(token.raw), width);
    }
  }

  #heading({ depth, text }: Tokens.Heading, width: number): string[] {
    // without colours the marks are all that tells a heading from a paragraph
    const marks = this.#color ? "" : `${"#".repeat(depth)} `;
    return this.#prose(`${marks}${this.#inline(text, ["heading"])}`, width);
  }

  #list({ items, ordered, start, loose }: Tokens.List, width: number): string[] {
    const first = typeof start === "number" ? start : 1;
    return items.flatMap((item, index) => {
      const mark = `${ordered ? `${first + index}.` : "•"} ${item.task ? `[${item.checked ? "x" : " "}] ` : ""}`;
      const indent = widthOf(mark);
      const own = this.blocks(item.tokens.filter(isShown), Math.max(minWidth, width - indent), loose ? 1 : 0);
      const lines = own.length === 0 ? [""] : own;
      const space = loose && index > 0 ? [""] : [];
      return [
        ...space,
        ...lines.map((line, at) => `${at === 0 ? mark : " ".repeat(indent)}${line}`.trimEnd()),
      ];
    });
  }

  #table({ header, rows, align }: Tokens.Table, width: number): string[] {
    return tableLines(
      header.map(({ text }) => this.#inline(text, ["heading"])),
      rows.map((cells) => cells.map(({ text }) => this.#inline(text))),
      { width, align, rule: (length) => this.#paint("detail", "─".repeat(length)) },
    );
  }

  #prose(text: string, width: number): string[] {
    return wrap(text, Math.min(width, proseWidth));
  }

  #inline(text: string, tones: readonly Tone[] = []): string {
    if (text.length > maxInline) return this.#leaf(text, tones);
    return this.#spans(this.#lexer.inlineTokens(text), tones);
  }

  #spans(tokens: readonly Token[], tones: readonly Tone[]): string {
    return tokens
      .map((token) => (isKnown(token) ? this.#span(token, tones) : this.#leaf(token.raw, tones)))
      .join("");
  }

  #span(token: MarkedToken, tones: readonly Tone[]): string {
    switch (token.type) {
      case "strong":
      case "em":
      case "del":
        return this.#spans(token.tokens, [...tones, token.type]);
      case "codespan":
        return this.#leaf(this.#color ? token.text : `\`${token.text}\``, [...tones, "code"]);
      case "br":
        return "\n";
      case "link": {
        const shown = this.#spans(token.tokens, [...tones, "link"]);
        return isItsOwnLabel(token)
          ? shown
          : `${shown} ${this.#leaf(`(${token.href})`, [...tones, "detail"])}`;
      }
      case "image":
        return this.#leaf(`[image: ${token.text}] (${token.href})`, tones);
      case "escape":
        return this.#paint(tones, plain(token.text));
      default:
        return "text" in token && typeof token.text === "string"
          ? this.#leaf(token.text, tones)
          : this.#leaf(token.raw, tones);
    }
  }

  #leaf(text: string, tones: readonly Tone[]): string {
    // agents write for a terminal as well as for a page: their line breaks are kept
    const lines = withoutEntities(text).split("\n");
    return lines.map((line) => this.#paint(tones, plain(line))).join("\n");
  }
}

/** The box of a task's item is drawn with the item. */
function isShown({ type }: Token): boolean {
  return type !== "checkbox";
}

function isItsOwnLabel({ text, href }: Tokens.Link): boolean {
  return text === href || `mailto:${text}` === href || `http://${text}` === href;
}

/** Lines at most so wide, broken between words, and within a word that is wider. */
function wrap(text: string, width: number): string[] {
  return Bun.wrapAnsi(text, Math.max(1, width), { hard: true }).split("\n");
}
