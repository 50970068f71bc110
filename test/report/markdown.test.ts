import { describe, expect, test } from "bun:test";
import { html, embeddedJson, line } from "../../src/report/html.ts";
import { markdown } from "../../src/report/markdown.ts";

const allowed = new Set(
  "a blockquote br code del div em h3 hr input li ol p pre span strong table tbody td th thead tr ul"
    .split(" ")
    .map((name) => `<${name}`),
);
const shown = (text: string) => markdown(text).markup;

describe("Markdown of agents in a page", () => {
  test("becomes elements", () => {
    expect(shown("# A *b*\n\n1. x\n2. `y`\n\n> q\n\n| a | b |\n|---|--:|\n| 1 | 2 |")).toMatchInlineSnapshot(`
      "<h3>A <em>b</em></h3>

      <ol><li>x</li><li><code>y</code></li></ol>

      <blockquote><p>q</p></blockquote>

      <div class="wide"><table><thead><tr><th>a</th><th class="right">b</th></tr></thead><tbody><tr><td>1</td><td class="right">2</td></tr></tbody></table></div>"
    `);
  });

  test("has no markup of its own: HTML is shown as it was written, wherever it stands", () => {
    const tag = "<img src=x onerror=alert(1)>";
    const texts = [
      tag,
      `a ${tag} b`,
      `# ${tag}`,
      `- ${tag}`,
      `> ${tag}`,
      `\`${tag}\``,
      `    ${tag}`,
      `| ${tag} |\n|---|\n| ${tag} |`,
      `[${tag}](https://example.org)`,
      `![${tag}](https://example.org)`,
      `<div>\n${tag}\n</div>`,
      `<!-- ${tag} -->`,
      `**${tag}**`,
      `[x]: https://example.org "${tag}"\n\n[x]`,
      `\\${tag}`,
      `&lt;img&gt; ${tag}`,
      `<https://example.org/${tag}>`,
      "> ".repeat(60) + tag,
      tag.repeat(10_000),
    ];
    for (const text of texts) {
      const tags = shown(text).match(/<(?!\/)[^\s>]*/g) ?? [];
      expect(tags.filter((found) => !allowed.has(found))).toEqual([]);
    }
  });

  test("links to the web and to mail only, says where, and loads no picture", () => {
    expect(shown("[a](https://example.org)")).toContain(
      '<a href="https://example.org" rel="noopener noreferrer nofollow" target="_blank">a</a> <span class="to">(https://example.org)</span>',
    );
    for (const href of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "file:///etc",
      "//example.org",
      "vbscript:x",
      "&#106;avascript:x",
    ])
      expect(shown(`[a](${href})`)).not.toContain("<a");
    expect(shown("![a](https://example.org/a.png)")).toBe("<p>[image: a] (https://example.org/a.png)</p>");
    expect(shown('[a](https://example.org/"onclick=alert)')).not.toContain('"onclick');
  });

  test("takes a time that depends on its length alone", () => {
    for (const text of [
      "*".repeat(50_000),
      "[".repeat(50_000),
      "> ".repeat(50_000),
      "`".repeat(50_000),
      "- ".repeat(50_000),
    ])
      expect(shown(text).length).toBeGreaterThan(0);
  });
});

describe("a page's markup", () => {
  test("has values in it as text, in an element and in an attribute", () => {
    const text = `"><script>&'`;
    expect(html`<a title="${text}">${line(text)}</a>`.markup).toBe(
      '<a title="&quot;&gt;&lt;script&gt;&amp;&#39;">&quot;&gt;&lt;script&gt;&amp;&#39;</a>',
    );
  });

  test("has nothing that hides or reorders what stands around it", () => {
    expect(line("a\u202eb\u200bc\u0007\nd").markup).toBe("abc d");
  });

  test("has data in it that ends no element and reads as the same", () => {
    const value = { text: "</script><!--<script>\u2028" };
    expect(embeddedJson(value)).not.toContain("<");
    expect(JSON.parse(embeddedJson(value))).toEqual(value);
  });
});
