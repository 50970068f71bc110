import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { thisSystem, type System } from "./system.ts";

/**
 * The files of this ending that a process has open, deleted ones too. None are known on Windows, which tells that only to its
 * administrators: a daemon there is known by what it has announced alone.
 */
export function openFilesOf(pid: number, ending: string, system: System = thisSystem): string[] {
  return allOpen(pid, system).filter((path) => path.endsWith(ending));
}

function allOpen(pid: number, system: System): string[] {
  switch (system.platform) {
    case "linux":
      return linksIn(`/proc/${pid}/fd`).map((path) => path.replace(/ \(deleted\)$/, ""));
    case "win32":
      return [];
    default:
      // its name begins with n, after a line for the descriptor
      return fieldsOf("n", system.run(["lsof", "-nP", "-w", "-a", "-p", String(pid), "-Fn"]));
  }
}

/**
 * The process that holds a lock on a file. Null: none, or none that this user may look at. macOS has no list of locks: there it
 * is who has the file open, since nobody but a daemon opens the locks of cord. On Windows nobody is known.
 */
export function lockHolderOf(file: string, system: System = thisSystem): number | null {
  switch (system.platform) {
    case "linux":
      return linuxHolder(file);
    case "win32":
      return null;
    default: {
      const pids = fieldsOf("p", system.run(["lsof", "-nP", "-w", "-Fp", "--", file])).map(Number);
      return pids.find((pid) => Number.isInteger(pid) && pid !== process.pid) ?? null;
    }
  }
}

function linuxHolder(file: string): number | null {
  const inode = statSync(file, { throwIfNoEntry: false })?.ino;
  for (const line of read("/proc/locks").split("\n")) {
    // 1: POSIX ADVISORY WRITE 4711 fd:01:131 1073741824 1073742335, or with "->" after the number for one that waits
    const [, , , , pid = "", place = ""] = line.trim().split(/\s+/);
    if (Number(place.split(":")[2]) === inode && openFilesOf(Number(pid), file).length > 0)
      return Number(pid);
  }
  return null;
}

/** The values of one field of lsof's: a line for each, which begins with its letter. Source: lsof(8), "output for other programs". */
export function fieldsOf(letter: string, said: string): string[] {
  return said
    .split("\n")
    .filter((line) => line.startsWith(letter))
    .map((line) => line.slice(1));
}

function linksIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => linkOf(`${folder}/${name}`));
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
