import { describe, expect, test } from "bun:test";
import { tomlEdit } from "../../../src/cli/init/edit-toml.ts";

const edit = tomlEdit(["mcp_servers", "cord"], { command: "cord", args: ["mcp"] });
const cordTable = '[mcp_servers.cord]\ncommand = "cord"\nargs = ["mcp"]\n';

const commentedText = `# my settings
model = "o9" # the good one

[mcp_servers.docs] # documentation
command = "npx" # runs it
args = [
  "-y", # yes
  "docs",
]
# the end`;

describe("an entry in a TOML file", () => {
  test.each([
    ["a commented file", commentedText, `${commentedText}\n\n${cordTable}`],
    ["an empty file", "", cordTable],
    ["tabs", "[a]\n\tb = 1\n", `[a]\n\tb = 1\n\n${cordTable}`],
    ["carriage returns", "a = 1\r\n", `a = 1\r\n\r\n${cordTable.replaceAll("\n", "\r\n")}`],
    ["a byte order mark", "\uFEFFa = 1\n", `\uFEFFa = 1\n\n${cordTable}`],
    ["a blank line at its end", "a = 1\n\n", `a = 1\n\n\n${cordTable}`],
    [
      "a text that reads like it",
      'a = """\n[mcp_servers.cord]\n"""\n',
      `a = """\n[mcp_servers.cord]\n"""\n\n${cordTable}`,
    ],
  ])("is a table at the end of %s, and comes out without a trace", (_, text, expected) => {
    const edited = edit.put(text, false).text;
    expect(edited).toBe(expected);
    expect(edit.put(edited, false)).toEqual({ text: edited, kept: [] });
    const bare = edit.take(edited, false, text).text;
    expect(bare).toBe(text === commentedText ? `${text}\n` : text);
  });

  test("of an earlier cord gives way to that of now, and comes out, unless its owner changed it", () => {
    const now = tomlEdit(["mcp_servers", "cord"], { command: "cord", env_vars: ["A", "B"] }, [
      { command: "cord", env_vars: ["A"] },
    ]);
    const earlier = '[a]\nb = 1\n\n[mcp_servers.cord]\ncommand = "cord"\nenv_vars = ["A"]\n';
    expect(now.put(earlier, false)).toEqual({ text: earlier.replace('["A"]', '["A", "B"]'), kept: [] });
    expect(now.take(earlier, false, undefined)).toEqual({ text: "[a]\nb = 1\n", kept: [] });
    const own = earlier.replace('["A"]', '["A", "MINE"]');
    expect(now.put(own, false).text).toBe(own);
    expect(now.put(`${earlier}timeout = 9\n`, false).text).toBe(`${earlier}timeout = 9\n`);
  });

  test("comes out of the middle with its own tables, and leaves the comments around it", () => {
    const text = `[a]\nb = 1\n\n# about cord\n${cordTable}# after\n\n[mcp_servers.cord.env]\nX = "1"\n\n[z]\ny = 1 # y\n`;
    expect(edit.take(text, false, undefined).text).toBe(
      "[a]\nb = 1\n\n# about cord\n# after\n\n[z]\ny = 1 # y\n",
    );
  });

  test.each([
    '[mcp_servers]\ncord.command = "other"\nx = {command = "x"}\n',
    '[mcp_servers]\ncord = { command = "other" } # mine\nx = {command = "x"}\n',
    'mcp_servers.cord.command = "other"\nmcp_servers.x.command = "x"\n',
    '[mcp_servers.x]\ncommand = "x"\n\n[mcp_servers."cord"]\ncommand = "other"\n[mcp_servers.cord.env]\nA = "1"\n',
  ])("that is another one is kept, and replaced with force only: %j", (text) => {
    expect(edit.put(text, false)).toEqual({ text, kept: ['its "mcp_servers.cord" is another entry'] });
    expect(edit.take(text, false, undefined).kept).toHaveLength(1);
    const forced = Bun.TOML.parse(edit.put(text, true).text);
    expect(forced).toEqual({
      mcp_servers: { x: { command: "x" }, cord: { command: "cord", args: ["mcp"] } },
    });
  });

  test("that force replaced comes back", () => {
    const before = '[mcp_servers.cord]\ncommand = "other" # mine\n\n[b]\nc = 1\n';
    const edited = `${edit.put(before, true).text}\n[new]\nd = 1\n`;
    const back = edit.take(edited, false, before).text;
    expect(back).toContain('[mcp_servers.cord]\ncommand = "other" # mine\n');
    expect(Bun.TOML.parse(back)).toEqual({ ...Bun.TOML.parse(before), new: { d: 1 } });
  });

  test("may say more than cord needs", () => {
    const text = `${cordTable}startup_timeout_sec = 20\n`;
    expect(edit.put(text, true)).toEqual({ text, kept: [] });
  });

  test.each([
    ["a = \nb = 1\n", "line 2, column 1"],
    ["[a]\nb = 1\n[a]\nc = 1\n", "not valid TOML (line 3"],
    ['mcp_servers = { x = { command = "x" } }\n', "in a way that cord cannot edit"],
    ["mcp_servers = 1\n", "in a way that cord cannot edit"],
    ["[[mcp_servers]]\na = 1\n", "in a way that cord cannot edit"],
  ])("is refused for %j", (text, message) => {
    expect(() => edit.put(text, false)).toThrow(message);
  });

  test.each([
    ['mcp_servers = { x = { command = "x" } }', { x: { command: "x" } }],
    ['model = "o9"\nmcp_servers = {}', {}],
    [
      'mcp_servers = { x = { command = "x", args = ["a, b", "}"] }, cord = { command = "other" } } # ours',
      { x: { command: "x", args: ["a, b", "}"] } },
    ],
  ])(
    "in an inline table is done by hand with lines that are valid, and mean what is wished for: %s",
    (text, others) => {
      const { where, lines } = edit.byHand(text);
      expect(where).toContain("in the place of its mcp_servers, on line");
      const replaced = text.replace(/mcp_servers = \{.*\}/, () => lines);
      const meant = { mcp_servers: { ...others, cord: { command: "cord", args: ["mcp"] } } };
      expect(Bun.TOML.parse(replaced)).toMatchObject(meant);
      expect(Bun.TOML.parse(lines)).toEqual(meant);
    },
  );

  test.each([undefined, "a = \n", '[mcp_servers.x]\ncommand = "x"\n'])(
    "elsewhere is done by hand with its table: %j",
    (text) => {
      expect(edit.byHand(text)).toEqual({ where: "add this to it", lines: cordTable.trim() });
    },
  );
});
