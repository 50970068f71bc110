import { expect, test } from "bun:test";
import { editedPaths } from "../../src/core/edited-paths.ts";
import { tabBounds } from "../../src/core/limits.ts";

const patch = `*** Begin Patch
*** Add File: new.ts
+*** Update File: this is text of the file
*** Update File: src/a b.ts
*** Move to: src/c.ts
@@
-x
*** Delete File: /abs/old.ts
*** End Patch
`;
const ofPatch = ["new.ts", "src/a b.ts", "src/c.ts", "/abs/old.ts"];

test.each([
  ["Claude Code", { file_path: "/p/a.ts", old_string: "path", new_string: "file" }, ["/p/a.ts"]],
  ["its notebooks, and the hook of cord init", { file: "", notebook: "/p/a.ipynb" }, ["/p/a.ipynb"]],
  ["Codex", { command: patch }, ofPatch],
  ["Codex' shell", { command: `cd x && apply_patch <<'EOF'\n${patch}EOF` }, ofPatch],
  ["Codex' shell, which patches nothing", { command: "sed -i s/a/b/ c.ts" }, []],
  ["Gemini CLI", { file_path: "src/a.ts", content: "*** Add File: no.ts" }, ["src/a.ts"]],
  ["opencode", { filePath: "/p/a.ts", content: "x" }, ["/p/a.ts"]],
  ["opencode's patch", { patchText: patch.replaceAll("\n", "\r\n") }, ofPatch],
  ["VS Code", { files: ["a.ts", "b.ts", "a.ts"] }, ["a.ts", "b.ts"]],
  [
    "VS Code's list",
    { replacements: [{ filePath: "a.ts" }, { filePath: "b.ts" }, 1, null] },
    ["a.ts", "b.ts"],
  ],
  ["Cursor", { path: "/p/a.ts" }, ["/p/a.ts"]],
])("of %s are found", (_, args, paths) => {
  expect(editedPaths(args)).toEqual(paths);
});

test.each([
  ["no arguments", [null, 1, "a.ts", [], {}, { file_path: {} }, { file_path: ["a.ts"] }, { files: "a.ts" }]],
  ["arguments within arguments", [{ edits: [{ edits: [{ edits: [{ file: "deep" }] }] }] }]],
  [
    "what no path is",
    [{ file: "x".repeat(100_000) }, { file: "" }, JSON.parse('{"__proto__": {"file": "a"}}')],
  ],
])("of %s there are none", (_, all) => {
  for (const args of all) expect(editedPaths(args)).toEqual([]);
});

test("are no more than are checked, whoever lists them", () => {
  const files = Array.from({ length: 100_000 }, (_, index) => `f${index}`);
  expect(editedPaths({ files })).toHaveLength(tabBounds.files);
  expect(editedPaths({ edits: files.map((file) => ({ file })) })).toHaveLength(tabBounds.files);
  const command = files.map((file) => `*** Add File: ${file}`).join("\n");
  expect(editedPaths({ command })).toHaveLength(tabBounds.files);
});
