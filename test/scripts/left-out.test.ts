import { expect, test } from "bun:test";
import { testFiles } from "../../scripts/test/files.ts";

test("on Linux and macOS no test file is left out", () => {
  for (const platform of ["linux", "darwin"] as const) {
    const { files, leftOut } = testFiles([], platform);
    expect(leftOut.size).toBe(0);
    expect(files.length).toBeGreaterThan(300);
  }
});

test("on Windows each that is left out has a reason, and what the board is made of is run", () => {
  const all = testFiles([], "linux").files;
  const { files, leftOut } = testFiles([], "win32");
  const out = [...leftOut.values()].flat();
  expect(files.length + out.length).toBe(all.length);
  expect([...leftOut.keys()].every((why) => why.length > 20)).toBe(true);
  for (const part of ["core", "operations", "server", "store", "client", "system", "vault", "cli/init"])
    expect(files.filter((path) => path.startsWith(`test/${part}/`)).length).toBeGreaterThan(1);
  expect(out).toContain("test/engine/engine.test.ts");
});

test("a word chooses among both", () => {
  const { files, leftOut } = testFiles(["test/store/database/"], "win32");
  expect(files).toContain("test/store/database/sqlite.test.ts");
  expect([...leftOut.values()].flat()).toContain("test/store/database/lost.test.ts");
});
