import { describe, expect, test } from "bun:test";
import { markdownText } from "../../src/tui/markdown.ts";
import { widthOf } from "../../src/tui/terminal/width.ts";
import { expectGolden } from "../support/golden.ts";
import { hostile, unsafe } from "../support/hostile.ts";
import { join } from "node:path";

const sample = `# A title with \`code\`

Some *emphasis* and **strong _both_** words, [a link](https://example.org/x) and <https://example.org> that go on so that they wrap.
Hard  
break, a&amp;b, ~~gone~~ and ![a picture](p.png).

- one
- two
  - nested **x**
- [x] done

3. three
4. four

> quoted
> words

\`\`\`js
const a = 1; // a line of code that is longer than the page is wide stays whole, so that it can be copied
\`\`\`

| Name | Count | What it is |
|:--|--:|---|
| a | 12 | some words that are rather long for the column of a narrow table |
| 你好 | 3 | x |

---

<b>html</b>
`;

test.each([40, 80, 120])("Markdown is laid out for a page of %d cells", (width) => {
  expectGolden(
    join(import.meta.dir, `golden/markdown-${width}.txt`),
    `${markdownText(sample, { width, color: false })}\n`,
  );
});

test("no line is wider than the page, but for code", () => {
  const lines = markdownText(sample, { width: 40, color: true }).split("\n");
  expect(lines.filter((line) => widthOf(line) > 40 && !line.includes("const a"))).toEqual([]);
});

test("a table with more columns than the page has room for is given row by row", () => {
  const table = `|${"name|".repeat(12)}\n|${"-|".repeat(12)}\n|${"value|".repeat(12)}\n`;
  expect(markdownText(table, { width: 40, color: false }).split("\n")[0]).toBe("name: value");
});

const places: [where: string, text: (inner: string) => string][] = [
  ["a paragraph", (inner) => inner],
  ["a heading", (inner) => `# ${inner}`],
  ["strong words", (inner) => `**${inner}**`],
  ["a span of code", (inner) => `\`${inner}\``],
  ["a block of code", (inner) => `\`\`\`\n${inner}\n\`\`\``],
  ["a link", (inner) => `[${inner}](<https://x/${inner}> "${inner}")`],
  ["a picture", (inner) => `![${inner}](https://x/${inner})`],
  ["a list", (inner) => `- ${inner}\n  1. ${inner}`],
  ["a quotation", (inner) => `> ${inner}`],
  ["a table", (inner) => `|${inner}|b|\n|-|-|\n|${inner}|${inner}|`],
  ["HTML", (inner) => `<div title="${inner}">${inner}</div>`],
];

describe.each(places)("hostile text in %s", (_, text) => {
  test.each([
    ["as it is", hostile],
    ["as entities", "&#27;[31m &#x1b;]0;owned&#7; &#155;31m &#8238;txt"],
    ["escaped", "\\\u001b[31m\\\u009b1m"],
  ])("reaches no terminal, %s", (_, inner) => {
    expect(markdownText(text(inner), { width: 60, color: false })).not.toMatch(unsafe);
    // eslint-disable-next-line no-control-regex
    const painted = markdownText(text(inner), { width: 60, color: true }).replace(/\u001b\[[\d;]*m/g, "");
    expect(painted).not.toMatch(unsafe);
  });
});

const long: [what: string, text: string][] = [
  ["brackets", "[".repeat(99_000)],
  ["underscores", "_a".repeat(49_000)],
  ["asterisks", "*a ".repeat(33_000)],
  ["backticks", "`a``b".repeat(19_000)],
  ["quotations", "> ".repeat(49_000)],
  ["quotations in quotations", Array.from({ length: 400 }, () => "> ".repeat(49)).join("\n")],
  ["deep lists", Array.from({ length: 300 }, (_, depth) => `${" ".repeat(depth * 2)}- x`).join("\n")],
  ["a table", `${"|a".repeat(20_000)}\n${"|-".repeat(20_000)}\n|x|\n`],
  ["more than is rendered", "**a** ".repeat(100_000)],
];

test.each(long)("a text of nothing but %s is shown, and its letters are kept", (_, text) => {
  const before = process.cpuUsage();
  const shown = markdownText(text, { width: 80, color: false });
  // of this process alone, so that a busy machine changes nothing: what grows with the square takes far longer
  expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown).not.toMatch(unsafe);
});
