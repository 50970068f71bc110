import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderSize } from "../../src/system/folder-size.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

/** Ten folders of ten files of ten bytes each, and links out of it and around in it. */
function tree(): string {
  const folder = temporaryDirectory("tree");
  for (let at = 0; at < 10; at += 1) {
    const inner = join(folder, String(at), "deep");
    mkdirSync(inner, { recursive: true });
    for (let file = 0; file < 10; file += 1) writeFileSync(join(inner, String(file)), "0123456789");
    symlinkSync(folder, join(inner, "around"));
  }
  symlinkSync("/", join(folder, "out"));
  return folder;
}

test("a folder is as large as all files in it, and no link is followed", () => {
  const { bytes, files, isWhole } = folderSize(tree());
  // a link's own size is that of the path in it
  expect(bytes).toBeGreaterThanOrEqual(1000);
  expect(bytes).toBeLessThan(5000);
  expect({ files, isWhole }).toEqual({ files: 111, isWhole: true });
});

test("one that is too large to be looked through in time is more than what was seen", () => {
  let asked = 0;
  const { bytes, files, isWhole } = folderSize(tree(), () => (asked += 1) <= 40);
  expect(isWhole).toBe(false);
  expect(asked).toBe(41);
  expect(files).toBeLessThan(40);
  expect(bytes).toBeGreaterThan(0);
});

test("one that is not there, or no folder, is nothing", () => {
  const nothing = { bytes: 0, files: 0, isWhole: true };
  expect(folderSize(join(temporaryDirectory("none"), "none"))).toEqual(nothing);
  expect(folderSize("/dev/null")).toEqual(nothing);
});
