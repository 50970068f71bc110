import { afterAll, expect, test } from "bun:test";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cordBinary } from "../support/machine/binary.ts";
import { startBoard } from "../support/machine/board.ts";
import { start } from "../support/machine/command.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

const mounted: string[] = [];
afterAll(() => {
  for (const folder of mounted) Bun.spawnSync(["umount", "-l", folder]);
});

/** A file system of its own of 64 KiB; null where that may not be made. */
function tinyDisk(): string | null {
  const folder = temporaryDirectory("disk");
  const argv = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder];
  if (process.getuid?.() !== 0 || Bun.spawnSync(argv, { stderr: "ignore" }).exitCode !== 0) return null;
  mounted.push(folder);
  return folder;
}

const disk = tinyDisk();
const nobody = 65_534;
const setpriv = process.getuid?.() === 0 ? Bun.which("setpriv") : null;

test.skipIf(disk === null)(
  "a disk that is full before the first command is the reason that is given, and nothing is left behind (needs mount)",
  async () => {
    await using board = await startBoard();
    const home = disk ?? "";
    mkdirSync(join(home, "cord"), { mode: 0o700 });
    expect(() => writeFileSync(join(home, "filler"), Buffer.alloc(128 * 1024))).toThrow();
    const env = { ...board.env, XDG_DATA_HOME: home };
    const { code, err } = await start(board.argv("status"), { cwd: board.cwd, env }).ended;
    expect(code).toBe(1);
    expect(err).toMatch(/^cord status: The file \S+token cannot be used: ENOSPC: .* Free some space/);
    expect(readdirSync(join(home, "cord"))).toEqual([]);
  },
);

/** How to run a command as somebody else; null where that cannot be, or where somebody else cannot get at cord. */
const asNobody = await nobodysPrefix();

async function nobodysPrefix(): Promise<string[] | null> {
  if (setpriv === null) return null;
  const prefix = [setpriv, `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
  const { success } = Bun.spawnSync([...prefix, await cordBinary(), "version"], { cwd: "/" });
  return success ? prefix : null;
}

test.skipIf(asNobody === null)(
  "another user's daemon on the port is named as that, and no fix is given that only its owner can do (needs root)",
  async () => {
    await using board = await startBoard();
    await board.serve();
    // not below the tests' own folder, which is its owner's alone
    const home = mkdtempSync("/tmp/cord-nobody-");
    try {
      chownSync(home, nobody, nobody);
      const env = { ...board.env, HOME: home, XDG_DATA_HOME: join(home, "data") };
      for (const args of [["tasks"], ["daemon", "restart"]]) {
        const { code, err } = await start([...(asNobody ?? []), ...board.argv(...args)], { cwd: home, env })
          .ended;
        expect(code).toBe(1);
        expect(err).toContain("is another user's (uid 0).");
        expect(err).not.toContain("cord daemon restart");
      }
      expect(board.daemons()).toHaveLength(1);
    } finally {
      rmSync(home, { recursive: true });
    }
  },
);
