import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { wayHere } from "../../../src/cli/upgrade/way.ts";
import type { Receipt } from "../../../src/cli/upgrade/receipt.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

const root = temporaryDirectory("ways");

function program(path: string): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, "");
  return whole;
}

const binary = (program: string) => ({ program, isBinary: true });

function receiptFor(path: string): Receipt {
  return { from: "https://example.com/releases", target: "linux-x64", version: "1.0.0", path, files: [] };
}

test("a cord is the script's where its receipt names this very program, also by a link", () => {
  const path = program("bin/cord");
  const other = program("other/cord");
  symlinkSync(join(root, "bin"), join(root, "linked"));
  const receipt = receiptFor(join(root, "linked/cord"));
  expect(wayHere(binary(path), receipt)).toEqual({ by: "script", path, receipt });
  expect(wayHere(binary(other), receipt)).toEqual({ by: "hand", path: other });
  expect(wayHere(binary(path), null)).toEqual({ by: "hand", path });
});

test("on Windows a receipt names the program in any case", () => {
  const path = program("Win/cord.exe");
  const receipt = receiptFor(join(root, "WIN/Cord.exe"));
  expect(wayHere(binary(path), receipt, "win32").by).toBe("script");
  expect(wayHere(binary(path), receipt, "linux").by).toBe("hand");
});

test("a cord in a keg is Homebrew's, whose link on PATH is not it", () => {
  const path = program("homebrew/Cellar/cord/1.0.0/bin/cord");
  const link = join(root, "homebrew/bin/cord");
  mkdirSync(dirname(link));
  symlinkSync(path, link);
  expect(wayHere(binary(link), null)).toEqual({ by: "homebrew", path, command: "brew upgrade cord" });
});

test("a cord that was built in a clone, or is run from its sources, is the clone's", () => {
  const built = program("a clone/dist/cord");
  writeFileSync(join(root, "a clone/package.json"), '{"name":"cord"}');
  const folder = join(root, "a clone");
  const command = `git -C '${folder}' pull && npm --prefix '${folder}' start`;
  expect(wayHere(binary(built), null)).toEqual({ by: "clone", path: built, command });
  const main = program("a clone/src/main.ts");
  expect(wayHere({ program: main, isBinary: false }, null)).toEqual({
    by: "clone",
    path: main,
    command,
  });
  const other = program("project/dist/cord");
  writeFileSync(join(root, "project/package.json"), '{"name":"discord"}');
  expect(wayHere(binary(other), null)).toEqual({ by: "hand", path: other });
});
