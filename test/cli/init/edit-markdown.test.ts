import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { agentRules, earlierBlocks } from "../../../src/cli/init/block.ts";
import { blockEdit, importEdit } from "../../../src/cli/init/edit-markdown.ts";
import { toolList } from "../../../src/server/mcp/catalogue.ts";
import { expectGolden } from "../../support/golden.ts";

const edit = blockEdit("Rules.\nMore.");
const cordBlock = "<!-- cord:begin -->\nRules.\nMore.\n<!-- cord:end -->";

describe("cord's block in a Markdown file", () => {
  test("reads as a reviewer has seen it, in 60 lines at most", () => {
    const text = blockEdit(agentRules).put(undefined, false).text;
    expect(text.split("\n").length - 1).toBeLessThanOrEqual(60);
    expectGolden(join(import.meta.dir, "agents.golden.txt"), text);
  });

  test("names tools that there are, and none that an agent should poll with", () => {
    const tools = new Set(toolList("board").map(({ name }) => name));
    const named = agentRules.match(/\b(?:tasks|agents|messages|files)_[a-z]+\b/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    for (const name of named) expect([name, tools.has(name)]).toEqual([name, true]);
    for (const word of ["wait_ms", "cord wait", "tasks_extend"]) expect(agentRules).not.toContain(word);
  });

  test.each([
    ["a text", "# Mine\n\nText.\n", `# Mine\n\nText.\n\n${cordBlock}\n`],
    ["a text without a last line end", "# Mine", `# Mine\n\n${cordBlock}\n`],
    ["a text with a blank last line", "# Mine\n\n", `# Mine\n\n${cordBlock}\n`],
    ["nothing", "", `${cordBlock}\n`],
    ["carriage returns", "# Mine\r\n", `# Mine\r\n\r\n${cordBlock.replaceAll("\n", "\r\n")}\r\n`],
    ["a byte order mark", "\uFEFF# Mine\n", `\uFEFF# Mine\n\n${cordBlock}\n`],
  ])("stands behind %s, and a second time changes nothing", (_, text, expected) => {
    expect(edit.put(text, false).text).toBe(expected);
    expect(edit.put(expected, false)).toEqual({ text: expected, kept: [] });
    expect(edit.put(expected, true)).toEqual({ text: expected, kept: [] });
  });

  test("is taken out with the blank line that set it apart", () => {
    expect(edit.take(`# Mine\n\n${cordBlock}\n`, false, undefined).text).toBe("# Mine\n");
    expect(edit.take(`# Mine\n\n${cordBlock}\n\n# More\n`, false, undefined).text).toBe("# Mine\n\n# More\n");
    expect(edit.take(`${cordBlock}\n`, false, undefined).text).toBe("");
  });

  test("that was edited is kept, and replaced with force only", () => {
    const text = `# Mine\n\n${cordBlock.replace("More.", "Mine too.")}\ntail\n`;
    expect(edit.put(text, false)).toEqual({ text, kept: [expect.stringContaining("block")] });
    expect(edit.take(text, false, undefined).kept).toHaveLength(1);
    const forced = edit.put(text, true).text;
    expect(forced).toBe(`# Mine\n\n${cordBlock}\ntail\n`);
    expect(edit.take(`${forced}new\n`, false, text).text).toBe(`${text}new\n`);
  });

  test("of an earlier cord gives way to that of now where nobody has edited it", async () => {
    const now = blockEdit(agentRules, earlierBlocks);
    const earlier = await Bun.file(join(import.meta.dir, "golden/agents-earlier.txt")).text();
    for (const eol of ["\n", "\r\n"]) {
      const text = `# Mine\n\n${earlier}\n# More\n`.replaceAll("\n", eol);
      const put = now.put(text, false);
      expect(put).toEqual(now.put(text, true));
      expect(put.text).not.toBe(text);
      expect(now.take(text, false, undefined)).toEqual({
        text: `# Mine${eol}${eol}# More${eol}`,
        kept: [],
      });
    }
    const edited = earlier.replace("board", "table");
    expect(now.put(edited, false).text).toBe(edited);
  });

  test.each([
    `${cordBlock}\n${cordBlock}\n`,
    "<!-- cord:begin -->\n# Mine\n",
    "# Mine\n<!-- cord:end -->\n",
    "<!-- cord:end -->\n<!-- cord:begin -->\n",
  ])("whose marks are not a pair is refused: %j", (text) => {
    expect(() => edit.put(text, true)).toThrow("it must hold one");
    expect(() => edit.take(text, true, undefined)).toThrow("it must hold one");
  });
});

describe("the import line of CLAUDE.md", () => {
  const line = importEdit("@AGENTS.md");

  test.each(["@AGENTS.md\n", "See @AGENTS.md for more.\n", "# Mine\r\n@./AGENTS.md\r\n", "a (@AGENTS.md)"])(
    "is not added to %j, which has it",
    (text) => {
      const expected = text === "a (@AGENTS.md)" ? `${text}\n\n@AGENTS.md\n` : text;
      expect(line.put(text, false).text).toBe(expected);
    },
  );

  test.each([
    ["# Mine\n", "# Mine\n\n@AGENTS.md\n"],
    ["# Mine\r\n", "# Mine\r\n\r\n@AGENTS.md\r\n"],
    ["", "@AGENTS.md\n"],
    ["```\n@AGENTS.md\n```\n", "```\n@AGENTS.md\n```\n\n@AGENTS.md\n"],
    ["@AGENTS.md.bak @OTHER_AGENTS.md\n", "@AGENTS.md.bak @OTHER_AGENTS.md\n\n@AGENTS.md\n"],
  ])("is added to %j, and comes out again", (text, expected) => {
    expect(line.put(text, false).text).toBe(expected);
    if (!text.includes("```")) {
      // Inside a text the blank line stays, so that no two paragraphs become one.
      expect(line.take(expected, false, `${text}\n`).text).toBe(text);
      expect(line.take(`${expected}\nnew\n`, false, text).text).toBe(`${text}\nnew\n`);
    }
    expect(line.take(expected, false, undefined).text).toBe(expected);
  });
});
