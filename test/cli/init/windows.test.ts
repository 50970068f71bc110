import { describe, expect, test } from "bun:test";
import { hookEdit, serverEdit } from "../../../src/cli/init/client-edit.ts";
import { clients, type ClientId } from "../../../src/cli/init/clients.ts";
import { mayRun } from "../../../src/cli/init/guard/guard.ts";

/** What a client's file of hooks reads when it is made new on a system. Gemini CLI's are in that of its servers. */
function editOf(id: ClientId, platform: NodeJS.Platform) {
  const client = clients.find((one) => one.id === id);
  if (client?.hooks === undefined) throw new Error(id);
  const edit =
    hookEdit(client, client.hooks, platform) ??
    serverEdit(client, { mcp: true, agents: false, hooks: true }, platform);
  if (edit === undefined) throw new Error(id);
  return edit;
}

function textOf(id: ClientId, platform: NodeJS.Platform): string {
  return editOf(id, platform).put(undefined, false).text ?? "";
}

const byCommand = ["gemini", "cursor", "vscode"] as const;

describe("the hooks that are commands", () => {
  test.each(byCommand)("of %s stand alone on Windows, whose shells know neither /dev/null nor true", (id) => {
    const text = textOf(id, "win32");
    expect(text).toMatch(/"command": "cord hook \w+-\w+"/);
    expect(text).not.toMatch(/\|\||\/dev\/null|2>/);
    expect(text.replaceAll(/("cord hook [\w-]+)"/g, '$1 2>/dev/null || true"')).toBe(textOf(id, "darwin"));
  });

  test.each(byCommand)("of %s that a colleague's cord wrote on another system stay as they are", (id) => {
    for (const [here, there] of [
      ["win32", "linux"],
      ["linux", "win32"],
    ] as const) {
      const theirs = textOf(id, there);
      expect(editOf(id, here).put(theirs, false)).toEqual({ text: theirs, kept: [] });
      // and are undone by either
      expect(editOf(id, here).take(theirs, false, undefined).text).not.toContain("cord hook");
    }
  });

  test.each(["claude", "codex"] as const)(
    "of %s are calls of a tool, which are the same everywhere",
    (id) => {
      expect(textOf(id, "win32")).toBe(textOf(id, "linux"));
    },
  );
});

test("a git hook needs a permission to run, but on Windows, which has none", () => {
  expect(mayRun({ mode: 0o100644 }, "darwin")).toBe(false);
  expect(mayRun({ mode: 0o100755 }, "darwin")).toBe(true);
  expect(mayRun({ mode: 0o100666 }, "win32")).toBe(true);
});
