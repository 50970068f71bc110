import { expect, test } from "bun:test";
import { patchPaths } from "../../src/core/patch-paths.ts";

const patch = `*** Begin Patch
*** Add File: a b.txt
+*** Add File: not.txt
*** Update File: src/c.ts
*** Move to: src/d.ts
@@
-x
*** Delete File: e.md
*** Add File: a b.txt
*** End Patch
`;

test("the files of a patch are those of its headers, also within a shell command", () => {
  const paths = ["a b.txt", "src/c.ts", "src/d.ts", "e.md"];
  expect(patchPaths(patch, 100)).toEqual(paths);
  expect(patchPaths(`apply_patch <<'EOF'\n${patch}EOF`, 100)).toEqual(paths);
  expect(patchPaths(patch.replaceAll("\n", "\r\n"), 2)).toEqual(paths.slice(0, 2));
  for (const none of ["", "ls", "*** Add File: ", "echo '*** Add File: x'"])
    expect(patchPaths(none, 9)).toEqual([]);
});

test("a patch of a million lines is read in no time to speak of, and only up to a number of files", () => {
  expect(patchPaths("*** Add File: \n".repeat(1_000_000), 9)).toEqual([]);
  expect(patchPaths(`${" ".repeat(1_000_000)}*** Add File: x`, 9)).toEqual([]);
});
