import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { svgOf } from "../../scripts/pictures/svg.ts";
import { runLines } from "../../src/tui/run/view.ts";
import { readPage } from "../support/docs/pages.ts";
import { root } from "../support/source.ts";
import { FakeTerminal } from "../support/terminal/terminal.ts";
import { everything } from "../support/terminal/views.ts";

/** What scripts/pictures.ts makes of a screen, and that the pictures of the README are of that form. */

const pictures = ["run", "top"].map(
  (name) => [name, readFileSync(join(root, `docs/pictures/${name}.svg`), "utf8")] as const,
);

test.each(pictures)(
  "docs/pictures/%s.svg is well-formed, says what it shows, and loads nothing",
  (name, svg) => {
    expect(elementsOf(svg)).toEqual(expect.arrayContaining(["svg", "title", "desc", "style", "text"]));
    expect(svg).toMatch(
      /<title id="title">cord \w+, live<\/title>\n<desc id="description">[^<]{40,}<\/desc>/,
    );
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /https?:|url\(|href|<script|<image/,
    );
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(readPage("README.md").links).toContain(`docs/pictures/${name}.svg`);
  },
);

/** Words that each view has of its own, whatever is shown: a view that says another one asks for new pictures. */
const words: readonly (readonly [string, string, RegExp])[] = [
  ["run", "run-120", /\[\w+\]|\b(?:GOAL|TASK|agents)\b|needs:|^cord run/gm],
  ["top", "top-120", /^[↑].*|cord top|filter: active|\b(?:ID|UPTIME|AGE|PRIO|KIND|STATE|NAME)\b/gm],
];

test.each(words)("docs/pictures/%s.svg says what the view of today says", (name, golden, own) => {
  const view = readFileSync(join(root, `test/tui/golden/${golden}.txt`), "utf8");
  const said = new Set(
    (view.match(own) ?? []).flatMap((text) => text.split(/\s+/)).filter((word) => word !== ""),
  );
  const shown = textOf(pictures.find(([picture]) => picture === name)?.[1] ?? "");
  expect(said.size).toBeGreaterThan(7);
  expect([...said].filter((word) => !shown.includes(word))).toEqual([]);
});

test("a screen's words, colours and frames are in its picture, whatever is written on it", async () => {
  const lines = runLines(everything, { width: 100, height: 40, color: true });
  const hostile = '┌──┐ \x1b[7m<script>&"\x1b[0m │ 市場';
  const terminal = new FakeTerminal(100, 60);
  terminal.write([...lines, hostile].join("\r\n"));
  const svg = svgOf({
    title: "a title",
    description: "what is on it",
    caption: "a <caption>",
    columns: 100,
    rows: await terminal.pieces(),
  });
  expect(elementsOf(svg)).toContain("path");
  expect(svg).not.toContain("<script");
  const shown = textOf(svg);
  const words = [...lines, hostile].flatMap((line) => Bun.stripANSI(line).match(/[^\s─│┌┐└┘]+/gu) ?? []);
  expect(words.length).toBeGreaterThan(60);
  expect(words.filter((word) => !shown.includes(word))).toEqual([]);
  for (const look of ["c2", "c6", "bold", "dim", "inverse"])
    expect(svg).toMatch(new RegExp(`class="[^"]*\\b${look}\\b`));
});

test.each(["<a>", "<a></b>", "<a b></a>", '<a b="<"></a>', "<a>&nbsp;</a>", "<a/>b<"])(
  "%s would not be taken for well-formed",
  (xml) => expect(() => elementsOf(xml)).toThrow(),
);

/** The names of all elements of a document that has no comments, sections or processing instructions. Throws where it is not well-formed. */
function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  let rest = xml;
  while (rest !== "") {
    const token =
      /^(?:<(?<end>\/)?(?<name>[a-z]+)(?: [a-zA-Z-]+="(?:[^"<&]|&(?:amp|lt|gt|quot);)*")*(?<empty>\/)?>|(?:[^<&]|&(?:amp|lt|gt|quot);)+)/.exec(
        rest,
      );
    if (token === null) throw new Error(`not well-formed: ${rest.slice(0, 60)}`);
    const { end, name, empty } = token.groups ?? {};
    rest = rest.slice(token[0].length);
    if (name === undefined) continue;
    if (end === undefined) names.push(name);
    if (end !== undefined && open.pop() !== name) throw new Error(`${name} is not open`);
    if (end === undefined && empty === undefined) open.push(name);
  }
  if (open.length > 0) throw new Error(`${open.join(" ")} stays open`);
  return names;
}

function textOf(svg: string): string {
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);
  return texts
    .join("\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
