import { Lexer, type MarkedToken, type Token, type Tokens } from "marked";
import { plainLines } from "../core/text.ts";
import { isKnown, isTooDeep, maxInline, maxRendered, withoutEntities } from "../tui/markdown-bounds.ts";
import { Html, escaped, html, lines } from "./html.ts";

/**
 * Markdown of an agent's as markup. The text may be hostile: only the elements below are made, HTML in it is shown as
 * it was written, no picture is loaded, and a link leads to the web or to an address of mail and shows where. The time
 * depends on the length alone; what is too long or nested too deep is shown as it was written.
 */
export function markdown(text: string): Html {
  const safe = plainLines(text);
  if (safe.length > maxRendered || isTooDeep(safe)) return asWritten(safe);
  try {
    const lexer = new Lexer();
    return new Html(blocks(lexer, lexer.blockTokens(safe, [])));
  } catch (error) {
    if (error instanceof RangeError) return asWritten(safe); // nested so deep that the stack has no room
    throw error;
  }
}

function asWritten(text: string): Html {
  return html`<pre>${lines(text)}</pre>`;
}

function blocks(lexer: Lexer, tokens: readonly Token[]): string {
  return tokens
    .map((token) => (isKnown(token) ? block(lexer, token) : `<p>${escaped(token.raw)}</p>`))
    .join("\n");
}

function block(lexer: Lexer, token: MarkedToken): string {
  switch (token.type) {
    case "space":
    case "def":
    case "checkbox":
      return "";
    case "heading": {
      // the page has its own outline, in which a text's headings come below
      const level = Math.min(6, token.depth + 2);
      return `<h${level}>${inline(lexer, token.text)}</h${level}>`;
    }
    case "code":
      return `<pre><code>${escaped(token.text)}</code></pre>`;
    case "blockquote":
      return `<blockquote>${blocks(lexer, token.tokens)}</blockquote>`;
    case "list":
      return list(lexer, token);
    case "table":
      return table(lexer, token);
    case "hr":
      return "<hr>";
    case "paragraph":
      return `<p>${inline(lexer, token.text)}</p>`;
    case "text":
      return inline(lexer, token.text);
    default:
      return `<pre>${escaped(token.raw)}</pre>`;
  }
}

function list(lexer: Lexer, { items, ordered, start }: Tokens.List): string {
  const entries = items.map(({ tokens, task, checked }) => {
    const box = task ? `<input type="checkbox" disabled${checked === true ? " checked" : ""}> ` : "";
    return `<li>${box}${blocks(lexer, tokens)}</li>`;
  });
  const from = typeof start === "number" && start !== 1 ? ` start="${start}"` : "";
  return ordered ? `<ol${from}>${entries.join("")}</ol>` : `<ul>${entries.join("")}</ul>`;
}

function table(lexer: Lexer, { header, rows }: Tokens.Table): string {
  const cells = (row: readonly Tokens.TableCell[], tag: "th" | "td") =>
    row
      .map(
        ({ text, align }) =>
          `<${tag}${align === null ? "" : ` class="${align}"`}>${inline(lexer, text)}</${tag}>`,
      )
      .join("");
  const body = rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("");
  return `<div class="wide"><table><thead><tr>${cells(header, "th")}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function inline(lexer: Lexer, text: string): string {
  return text.length > maxInline ? leaf(text) : spans(lexer.inlineTokens(text));
}

function spans(tokens: readonly Token[]): string {
  return tokens.map((token) => (isKnown(token) ? span(token) : leaf(token.raw))).join("");
}

function span(token: MarkedToken): string {
  switch (token.type) {
    case "strong":
    case "em":
    case "del":
      return `<${token.type}>${spans(token.tokens)}</${token.type}>`;
    case "codespan":
      return `<code>${escaped(token.text)}</code>`;
    case "br":
      return "<br>";
    case "link":
      return link(token);
    case "image":
      return leaf(`[image: ${token.text}] (${token.href})`);
    case "escape":
      return leaf(token.text);
    default:
      return leaf(
        "text" in token && token.type !== "html" && typeof token.text === "string" ? token.text : token.raw,
      );
  }
}

/** A link says where it leads, if its words are not that already: they may lie. */
function link({ href, text, tokens }: Tokens.Link): string {
  const shown = spans(tokens);
  if (!/^(?:https?:\/\/|mailto:)/i.test(href)) return `${shown} (${escaped(href)})`;
  const isSame = text === href || `mailto:${text}` === href;
  const anchor = `<a href="${escaped(href)}" rel="noopener noreferrer nofollow" target="_blank">${shown}</a>`;
  return isSame ? anchor : `${anchor} <span class="to">(${escaped(href)})</span>`;
}

/** The line breaks of those who write for a terminal are kept. */
function leaf(text: string): string {
  return escaped(withoutEntities(text)).replaceAll("\n", "<br>");
}
