import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./temporary.ts";

/** A file system of its own, of a few megabytes, that a test can fill up. */
export interface SmallDisk extends Disposable {
  folder: string;
  /** Leaves no byte; with `leaving`, about so many. */
  fill(leaving?: number): void;
  /** Gives the room back. */
  empty(): void;
}

/** Null where none may be mounted, or the system has no tmpfs: such a test is skipped. */
export function smallDisk(megabytes: number): SmallDisk | null {
  if (process.platform !== "linux") return null;
  const folder = temporaryDirectory("disk");
  const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "none", folder], {
    stderr: "ignore",
  });
  if (exitCode !== 0) return null;
  const filler = join(folder, "filler");
  return {
    folder,
    fill(leaving = 0) {
      const file = openSync(filler, "a");
      for (const size of [65_536, 4096]) while (isWritten(file, size));
      closeSync(file);
      if (leaving > 0) Bun.spawnSync(["truncate", "-s", `-${leaving}`, filler]);
    },
    empty: () => rmSync(filler, { force: true }),
    [Symbol.dispose]: () => void Bun.spawnSync(["umount", "-l", folder]),
  };
}

/** Whether a test can have one here. */
export const canMount = (() => {
  const disk = smallDisk(1);
  disk?.[Symbol.dispose]();
  return disk !== null;
})();

function isWritten(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch {
    return false;
  }
}
