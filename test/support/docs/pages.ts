import { marked, type Token } from "marked";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../source.ts";

/** A page of Markdown that people read, and what of it can be held against the rest of the repository. */
export interface Page {
  /** from the root, with forward slashes */
  path: string;
  text: string;
  /** what `#…` may name in it */
  anchors: ReadonlySet<string>;
  /** where its links and pictures lead, as written */
  links: string[];
  blocks: Block[];
  /** what stands between single backticks */
  spans: string[];
}

/** A fenced block: what its first line says of it, and what is in it. */
export interface Block {
  language: string;
  /** why it is not run; null where it is */
  noRun: string | null;
  /** the file of the reader's project that it is the contents of */
  file: string | null;
  text: string;
  /** for who looks for it: the page and the block's first line */
  title: string;
}

/** All pages: those at the root, those of docs, and what GitHub shows beside them. */
export function allPages(): Page[] {
  const paths = ["*.md", "docs/**/*.md", ".github/**/*.md"].flatMap((glob) => [
    ...new Bun.Glob(glob).scanSync({ cwd: root, dot: true }),
  ]);
  return paths
    .map((path) => readPage(path.replaceAll("\\", "/")))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

export function readPage(path: string): Page {
  return pageOf(path, readFileSync(join(root, path), "utf8"));
}

export function pageOf(path: string, text: string): Page {
  const page = { path, text, anchors: new Set<string>(), links: [], blocks: [], spans: [] } satisfies Page;
  marked.walkTokens(marked.lexer(text), (token) => note(token, page));
  return page;
}

function note(token: Token, page: Page & { anchors: Set<string> }): void {
  switch (token.type) {
    case "heading":
      page.anchors.add(anchorOf(String(token["text"]), page.anchors));
      return;
    case "link":
    case "image":
      page.links.push(String(token["href"]));
      return;
    case "html":
      page.links.push(...linksInHtml(token.raw));
      return;
    case "codespan":
      page.spans.push(String(token["text"]));
      return;
    case "code":
      if (/^\s*(?:```|~~~)/.test(token.raw))
        page.blocks.push(blockOf(page.path, String(token["lang"] ?? ""), String(token["text"])));
      return;
    default:
      return;
  }
}

/** As GitHub makes it of a heading: the second of a name ends in -1, the third in -2. */
function anchorOf(heading: string, taken: ReadonlySet<string>): string {
  const name = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
  let anchor = name;
  for (let at = 1; taken.has(anchor); at += 1) anchor = `${name}-${at}`;
  return anchor;
}

function linksInHtml(html: string): string[] {
  const found: string[] = [];
  const rewriter = new HTMLRewriter().on("*", {
    element(element) {
      for (const name of ["href", "src", "srcset"]) {
        const value = element.getAttribute(name);
        if (value !== null) found.push(value);
      }
    },
  });
  rewriter.transform(html);
  return found;
}

/** A first line such as ```` ```sh no-run="needs a terminal" ````; of any other form it is refused, so that no word of it is without effect. */
function blockOf(path: string, info: string, text: string): Block {
  const title = `${path}: ${text.split("\n")[0] ?? ""}`;
  const form = /^(?<language>[a-z]*)(?<rest>(?: [a-z-]+="[^"]*")*)$/.exec(info.trim());
  if (form === null) throw new Error(`${title}: its fence says ${info}`);
  const given = [...(form.groups?.["rest"] ?? "").matchAll(/ ([a-z-]+)="([^"]*)"/g)];
  const said = new Map(given.map(([, name = "", value = ""]) => [name, value]));
  const unknown = [...said.keys()].filter((name) => name !== "no-run" && name !== "file");
  if (unknown.length > 0) throw new Error(`${title}: its fence says ${unknown.join(", ")}`);
  const language = form.groups?.["language"] ?? "";
  return { language, noRun: said.get("no-run") ?? null, file: said.get("file") ?? null, text, title };
}
