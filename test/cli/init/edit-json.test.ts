import { describe, expect, test } from "bun:test";
import { serverEdit } from "../../../src/cli/init/client-edit.ts";
import { clients } from "../../../src/cli/init/clients.ts";
import type { Edit } from "../../../src/cli/init/edit.ts";
import { jsonEdit } from "../../../src/cli/init/edit-json.ts";

const edit = jsonEdit([
  { kind: "entry", parent: ["mcpServers"], key: "cord", value: { command: "cord", args: ["mcp"] } },
]);
const context = jsonEdit([
  { kind: "member", parent: ["context"], key: "fileName", value: "AGENTS.md", unset: ["GEMINI.md"] },
]);

function put(text: string, force = false): string {
  return edit.put(text, force).text;
}

/** Every text here must come through a round trip as it was, unless somebody edits in between. */
function roundTrip(text: string, by: Edit = edit): string {
  return by.take(by.put(text, false).text, false, text).text;
}

describe("an entry in a JSON file", () => {
  test("is added behind the others, which are not reformatted", () => {
    const text = '{\n  "a":   [1,2],\n  "mcpServers": {\n    "x": {"command": "y"}\n  }\n}\n';
    expect(put(text)).toBe(
      '{\n  "a":   [1,2],\n  "mcpServers": {\n    "x": {"command": "y"},\n    "cord": {\n      "command": "cord",\n      "args": [\n        "mcp"\n      ]\n    }\n  }\n}\n',
    );
    expect(roundTrip(text)).toBe(text);
  });

  test("leaves each comment where it stands", () => {
    const text = [
      "// top",
      "{",
      "  // servers",
      '  "mcpServers": {',
      "    /* the first */",
      '    "x": { "command": "y" } // why x',
      "    // end of servers",
      "  }, // after",
      '  "z": 1 // last',
      "}",
      "// bottom",
      "",
    ].join("\n");
    const lines = put(text).split("\n");
    expect(lines).toContain('    "x": { "command": "y" }, // why x');
    for (const line of [
      "// top",
      "  // servers",
      "    /* the first */",
      "    // end of servers",
      "  }, // after",
      "// bottom",
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.indexOf('    "cord": {')).toBe(lines.indexOf('    "x": { "command": "y" }, // why x') + 1);
    expect(roundTrip(text)).toBe(text);
  });

  test("goes between a trailing comma and what follows it", () => {
    const text = '{\n  "mcpServers": {\n    "x": {}, // x\n    /* z */\n  },\n}\n';
    expect(put(text)).toContain('"x": {}, // x\n    "cord": {');
    expect(put(text)).toContain("},\n    /* z */");
    expect(roundTrip(text)).toBe(text);
  });

  test.each([
    ["tabs", '{\n\t"mcpServers": {\n\t\t"x": {}\n\t}\n}\n', '\n\t\t"cord": {\n\t\t\t"command": "cord",'],
    [
      "four spaces",
      '{\n    "mcpServers": {\n        "x": {}\n    }\n}',
      '\n        "cord": {\n            "command"',
    ],
    [
      "carriage returns",
      '{\r\n  "mcpServers": {\r\n    "x": {}\r\n  }\r\n}\r\n',
      '\r\n    "cord": {\r\n      "command"',
    ],
    ["a byte order mark", '\uFEFF{\n  "mcpServers": {}\n}\n', '\n    "cord": {\n      "command"'],
    ["no line at all", '{"a":1,"mcpServers":{"x":{}}}', '{"x":{},"cord":{"command":"cord","args":["mcp"]}}'],
    [
      "spaces on one line",
      '{ "mcpServers": { "x": {} } }',
      '{ "x": {}, "cord": {"command":"cord","args":["mcp"]} }',
    ],
  ])("keeps the style of a file with %s", (_, text, expected) => {
    const edited = put(text);
    expect(edited).toContain(expected);
    expect(edited.replaceAll("\r\n", "").includes("\n")).toBe(text.replaceAll("\r\n", "").includes("\n"));
    expect(edited.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
    expect(roundTrip(text)).toBe(text);
    expect(put(edited)).toBe(edited);
  });

  test.each(["", "\n", " \n\t", "\uFEFF"])("makes a whole file of the blank one %j", (text) => {
    expect(JSON.parse(put(text).trim())).toEqual({
      mcpServers: { cord: { command: "cord", args: ["mcp"] } },
    });
  });

  test.each([
    ['{"mcpServers": {"x": }}', "line 1, column 22"],
    ['{\n  "a": 1\n  "b": 2\n}', "line 3, column 3"],
    ["{", "line 1, column 2"],
    ["not json", "line 1, column 1"],
    ['{"a": 1} trailing', "line 1, column 10"],
    ["// only a comment\n", "not valid JSON"],
    ["[]", "it holds an array, not an object"],
    ["null", "it holds null, not an object"],
    ['{\n"mcpServers": []}', 'its "mcpServers" (line 2) is an array'],
    ['{"mcpServers": null}', 'its "mcpServers" (line 1) is null'],
  ])("is refused for %j, with the place", (text, message) => {
    expect(() => put(text)).toThrow(message);
  });

  test("that is another one is kept, and replaced with force only", () => {
    const text = '{\n  "mcpServers": {\n    "cord": { "command": "other" }, // mine\n    "x": {}\n  }\n}\n';
    expect(edit.put(text, false)).toEqual({ text, kept: ['its "mcpServers.cord" is another entry'] });
    const forced = put(text, true);
    expect(forced).toContain('"command": "cord"');
    expect(forced).toContain("}, // mine");
    expect(JSON.parse(edit.take(forced, false, text).text.replace("// mine", ""))).toEqual({
      mcpServers: { cord: { command: "other" }, x: {} },
    });
  });

  test("may say more than cord needs", () => {
    const text =
      '{"mcpServers": {"cord": {"type": "stdio", "command": "cord", "args": ["mcp"], "env": {"CORD_URL": "u"}}}}';
    expect(edit.put(text, true)).toEqual({ text, kept: [] });
  });

  test("of two with one name, the one that counts is looked at", () => {
    const text =
      '{"mcpServers": {"cord": {"command": "cord", "args": ["mcp"]}, "cord": {"command": "other"}}}';
    expect(edit.put(text, false).kept).toHaveLength(1);
    expect(JSON.parse(put(text, true))).toEqual({ mcpServers: { cord: { command: "cord", args: ["mcp"] } } });
  });

  test("taken out leaves what others added since, and containers that were there before", () => {
    const before = '{\n  "mcpServers": {}\n}\n';
    const edited = put(before).replace('"mcpServers"', '"new": true,\n  "mcpServers"');
    expect(edit.take(edited, false, before).text).toBe('{\n  "new": true,\n  "mcpServers": {}\n}\n');
    expect(edit.take(edited, false, undefined).text).toBe('{\n  "new": true\n}\n');
  });

  test("taken out of the middle leaves the comments around it", () => {
    const text =
      '{\n  "mcpServers": {\n    // a\n    "a": {}, // a too\n    // c\n    "cord": {"command": "cord", "args": ["mcp"]}, // why\n    // b\n    "b": {}\n  }\n}\n';
    const bare = edit.take(text, false, undefined).text;
    for (const comment of ["// a", "// a too", "// c", "// why", "// b"]) expect(bare).toContain(comment);
    expect(bare).not.toContain("cord");
  });

  test("is what each client's table row says, and a second time changes nothing", () => {
    for (const client of clients) {
      const by = serverEdit(client, { mcp: true, agents: true, hooks: true });
      const fresh = by?.put(undefined, false).text ?? "";
      expect(by?.put(fresh, false)).toEqual({ text: fresh, kept: [] });
      expect(by?.isBare(by.take(fresh, false, undefined).text)).toBe(client.id !== "gemini");
    }
  });
});

describe("a member of a list in a JSON file", () => {
  test.each([
    ["{}", ["AGENTS.md", "GEMINI.md"]],
    ['{"context": {"fileName": "NOTES.md"}}', ["NOTES.md", "AGENTS.md"]],
    ['{"context": {"fileName": ["A.md", "B.md"], "x": 1}}', ["A.md", "B.md", "AGENTS.md"]],
    ['{"context": {"fileName": "AGENTS.md"}}', "AGENTS.md"],
    ['{"context": {"fileName": ["AGENTS.md"]}}', ["AGENTS.md"]],
  ])("joins what %s has", (text, expected) => {
    const edited = context.put(text, false).text;
    expect(JSON.parse(edited).context.fileName).toEqual(expected);
    expect(roundTrip(text, context)).toBe(text);
  });

  test("is refused where something else stands", () => {
    expect(() => context.put('{"context": {"fileName": 7}}', false)).toThrow("neither a string nor a list");
  });

  test("is taken out alone when the list has grown since", () => {
    const before = '{"context": {"fileName": "NOTES.md"}}';
    const grown = '{"context": {"fileName": ["NOTES.md", "AGENTS.md", "MORE.md"]}}';
    expect(context.take(grown, false, before).text).toBe(
      '{"context": {"fileName": ["NOTES.md", "MORE.md"]}}',
    );
  });

  test("keeps the comments of the list", () => {
    const text =
      '{\n  "context": {\n    "fileName": [\n      "A.md", // first\n      "B.md" // last\n    ]\n  }\n}\n';
    expect(context.put(text, false).text).toContain('"B.md", // last\n      "AGENTS.md"\n    ]');
    expect(roundTrip(text, context)).toBe(text);
  });

  test("stays where nobody knows what was there before", () => {
    const text = '{"context": {"fileName": ["AGENTS.md", "GEMINI.md"]}}';
    expect(context.take(text, false, undefined).text).toBe(text);
  });
});
