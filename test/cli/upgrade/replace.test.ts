import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFiles } from "../../../src/cli/upgrade/replace.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { expectMode } from "../../support/expect-mode.ts";

/** Larger than any system gives. */
const noPid = 999_999_999;

const bytes = (text: string) => new TextEncoder().encode(text);

function installed(): { folder: string; program: string; page: string } {
  const folder = temporaryDirectory("replaced");
  const [program, page] = [join(folder, "cord"), join(folder, "cord.1")];
  for (const path of [program, page]) writeFileSync(path, "old");
  return { folder, program, page };
}

test.each(["linux", "darwin", "win32"] as const)(
  "on %s all files are replaced once the first has been tried, and nothing is left beside them",
  async (platform) => {
    const { folder, program, page } = installed();
    writeFileSync(join(folder, `.new-${noPid}-cord`), "of an upgrade that was killed");
    writeFileSync(join(folder, ".old-2-cord"), "of an upgrade while it ran");
    const seen: string[] = [];
    await replaceFiles(
      [
        { path: program, bytes: bytes("new"), mode: 0o755 },
        { path: page, bytes: bytes("page"), mode: 0o644 },
      ],
      async (path) => void seen.push(readFileSync(path, "utf8"), readFileSync(program, "utf8")),
      platform,
    );
    expect(seen).toEqual(["new", "old"]);
    expect(readFileSync(program, "utf8")).toBe("new");
    expect(readFileSync(page, "utf8")).toBe("page");
    expectMode(program, 0o755);
    expect(readdirSync(folder).toSorted()).toEqual(["cord", "cord.1"]);
  },
);

test("what another upgrade has written that is under way stays, so that it ends as it was meant to", async () => {
  const { folder, program } = installed();
  const others = `.new-${process.ppid}-cord`;
  writeFileSync(join(folder, others), "another's");
  await replaceFiles([{ path: program, bytes: bytes("new"), mode: 0o755 }], async () => {});
  expect(readFileSync(program, "utf8")).toBe("new");
  expect(readFileSync(join(folder, others), "utf8")).toBe("another's");
});

test("where neither can be written nor removed beside the program, as on a read-only disk, one sentence says so", async () => {
  const { folder, program } = installed();
  mkdirSync(join(folder, `.new-${process.pid}-cord`));
  const replacing = replaceFiles([{ path: program, bytes: bytes("new"), mode: 0o755 }], async () => {});
  await expect(replacing).rejects.toThrow(/cord cannot be replaced: .+ Nothing was changed; free some space/);
  expect(readFileSync(program, "utf8")).toBe("old");
});

test("what does not pass the trial replaces nothing", async () => {
  const { folder, program } = installed();
  const replacing = replaceFiles([{ path: program, bytes: bytes("new"), mode: 0o755 }], async () => {
    throw new Error("it does not start");
  });
  await expect(replacing).rejects.toThrow("it does not start. Nothing was changed");
  expect(readFileSync(program, "utf8")).toBe("old");
  expect(readdirSync(folder).toSorted()).toEqual(["cord", "cord.1"]);
});

test("on Windows the old program comes back where the new one cannot take its place", async () => {
  const { folder, program } = installed();
  const replacing = replaceFiles(
    [{ path: program, bytes: bytes("new"), mode: 0o755 }],
    // what a scanner may do that takes it for a virus
    async (path) => void Bun.spawnSync(["rm", path]),
    "win32",
  );
  await expect(replacing).rejects.toThrow("cannot be replaced");
  expect(readFileSync(program, "utf8")).toBe("old");
  expect(readdirSync(folder).toSorted()).toEqual(["cord", "cord.1"]);
});

test("a second file whose folder is gone leaves the first as it was", async () => {
  const { folder, program } = installed();
  mkdirSync(join(folder, "man"));
  const page = join(folder, "gone/cord.1");
  const replacing = replaceFiles(
    [
      { path: program, bytes: bytes("new"), mode: 0o755 },
      { path: page, bytes: bytes("page"), mode: 0o644 },
    ],
    async () => {},
  );
  await expect(replacing).rejects.toThrow("Nothing was changed");
  expect(readFileSync(program, "utf8")).toBe("old");
});
