import { describe, expect, test } from "bun:test";
import { blockEdit } from "../../../src/cli/init/edit-markdown.ts";
import { coordEntry, jsonEdit } from "../../../src/cli/init/edit-json.ts";
import { coordTable, tomlEdit } from "../../../src/cli/init/edit-toml.ts";
import { coordProtocol, inPlaceOf } from "../../../src/cli/init/predecessor.ts";

/** What coord's own init left, in the shapes that it writes and people copy. */

const protocol = [
  "# Working with `coord`",
  "",
  "Every tab shares one board.",
  "",
  "## Pick a handle",
  "",
  "A stable one.",
  "",
  "## When you finish meaningful work",
  "",
  "```sh",
  "# Shell",
  "## of no section",
  "coord complete ID --ack done",
  "```",
  "",
  "## Recap before you stop",
  "",
  "Say what you did.",
  "",
].join("\n");

describe("coord's protocol in AGENTS.md", () => {
  const edit = inPlaceOf(coordProtocol, blockEdit("Rules."));
  const block = "<!-- cord:begin -->\nRules.\n<!-- cord:end -->\n";

  test.each([
    ["is the whole file", protocol, block],
    ["stands behind its owner's text", `# Mine\n\nText.\n\n${protocol}`, `# Mine\n\nText.\n\n${block}`],
    [
      "stands before sections of its owner",
      `${protocol}\n## Our style\n\nTabs.\n`,
      `## Our style\n\nTabs.\n\n${block}`,
    ],
    ["stands before another title", `${protocol}\n# Mine\n`, `# Mine\n\n${block}`],
    ["stands before another tool's part", `${protocol}\n<!-- tool -->\n`, `<!-- tool -->\n\n${block}`],
    ["has the line ends of Windows", protocol.replaceAll("\n", "\r\n"), block],
    ["is not there", "# Working with cord\n", `# Working with cord\n\n${block}`],
    ["is an example", `# Mine\n\n~~~\n${protocol}~~~\n`, `# Mine\n\n~~~\n${protocol}~~~\n\n${block}`],
  ])("gives way to cord's block where it %s, and a second time changes nothing", (_, text, expected) => {
    const { text: put, kept } = edit.put(text, false);
    expect({ put, kept }).toEqual({ put: expected, kept: [] });
    expect(edit.put(put, false).text).toBe(put);
  });

  test("comes back when cord's block is taken out of a text that was edited since", () => {
    const { text } = edit.put(protocol, false);
    expect(edit.take(`${text}\nMore.\n`, false, protocol).text).toBe(`${protocol}\n\nMore.\n`);
    expect(edit.take(text, false, undefined).text).toBe("");
  });
});

describe("coord's server entry", () => {
  const server = { command: "cord", args: ["mcp"] };
  const json = inPlaceOf(
    coordEntry("mcpServers"),
    jsonEdit([{ kind: "entry", parent: ["mcpServers"], key: "cord", value: server }]),
  );
  const toml = inPlaceOf(coordTable("mcp_servers"), tomlEdit(["mcp_servers", "cord"], server));

  test.each(["coord", "/usr/local/bin/coord", "C:\\\\tools\\\\coord.exe"])(
    "of JSON that starts %s gives way, and the others stay",
    (command) => {
      const before = `{\n  "mcpServers": {\n    "coord": { "command": "${command}", "args": ["mcp"] },\n    "db": { "command": "db" }\n  }\n}\n`;
      const { text, kept } = json.put(before, false);
      expect({ meaning: JSON.parse(text), kept }).toEqual({
        meaning: { mcpServers: { db: { command: "db" }, cord: server } },
        kept: [],
      });
      const edited = text.replace('"db" }', '"db", "args": [] }');
      expect(JSON.parse(json.take(edited, false, before).text)).toEqual({
        mcpServers: {
          db: { command: "db", args: [] },
          coord: { command: JSON.parse(`"${command}"`), args: ["mcp"] },
        },
      });
    },
  );

  test("of another program of that name is its owner's", () => {
    const before = '{ "mcpServers": { "coord": { "command": "npx", "args": ["coord-server"] } } }\n';
    expect(JSON.parse(json.put(before, false).text)).toMatchObject({
      mcpServers: { coord: { command: "npx" }, cord: server },
    });
  });

  test("of TOML gives way, and comes back", () => {
    const before =
      '[mcp_servers.coord]\ncommand = "coord"\nargs = ["mcp"]\n\n[mcp_servers.db]\ncommand = "db"\n';
    const { text } = toml.put(before, false);
    expect(Bun.TOML.parse(text)).toEqual({ mcp_servers: { db: { command: "db" }, cord: server } });
    const back = toml.take(`# mine\n${text}`, false, before).text;
    expect(Bun.TOML.parse(back)).toEqual({
      mcp_servers: { db: { command: "db" }, coord: { command: "coord", args: ["mcp"] } },
    });
  });
});
