import type { Stats } from "node:fs";
import { homedir, userInfo } from "node:os";
import { win32 } from "node:path";
import { environment } from "./environment.ts";
import { thisSystem, type System } from "./system.ts";

/** Of a file's stats what says whose it is, and what others may do with it. */
interface Rights {
  mode: number;
  uid: number;
}

/**
 * Whether others than its owner have any rights on a file. Windows has no modes: what is told as one is made up of the
 * attribute "read-only", and reads 666 of a file that nobody else can open.
 */
export function isOpenToOthers({ mode }: Pick<Rights, "mode">, platform = process.platform): boolean {
  return platform !== "win32" && (mode & 0o077) !== 0;
}

/**
 * Whether a mode forbids everybody to write. On Windows that of a folder forbids nothing: it is an attribute that Explorer sets on
 * folders with a look of their own, such as the user's Documents.
 */
export function isReadOnly(stats: Pick<Stats, "mode" | "isDirectory">, platform = process.platform): boolean {
  return (stats.mode & 0o222) === 0 && !(platform === "win32" && stats.isDirectory());
}

/** The command that lets a file's owner write to it, as hints name it. */
export function writableCommand(platform = process.platform): string {
  return platform === "win32" ? "attrib -r" : "chmod u+w";
}

/** Whether a file is another user's. Windows tells no numbers of users, and lets in whom the file's list of rights names. */
export function isAnothers(
  { uid }: Pick<Rights, "uid">,
  own: number | undefined = process.getuid?.(),
): boolean {
  return own !== undefined && uid !== own;
}

/**
 * Takes a file or folder that this user has just made from all others. POSIX did that by its mode when it was made. On
 * Windows a new file has the rights of its folder: below the user's profile these are the user's, the system's and the
 * administrators', as private as anything there. Elsewhere, as on a second disk, all users of the machine may read and
 * change it, so it gets a list of its own (icacls, which comes with Windows). A disk without such lists, such as a stick
 * with exFAT, leaves it as it is.
 */
export function restrict(
  path: string,
  kind: "file" | "folder",
  system: System = thisSystem,
  profileOf: () => Profile = profileHere,
): void {
  if (system.platform !== "win32") return;
  const { folders, user, systemRoot } = profileOf();
  if (folders.some((folder) => isWithin(folder, path))) return;
  // what is made in a folder later gets the same
  const all = kind === "folder" ? "(OI)(CI)F" : "F";
  // the second is the system's own account, by a number that is the same in all languages
  const rights = [`${user}:${all}`, `*S-1-5-18:${all}`];
  system.run([
    win32.join(systemRoot, "System32", "icacls.exe"),
    path,
    "/inheritance:r",
    "/grant:r",
    ...rights,
  ]);
}

/** What of Windows is this user's. */
interface Profile {
  folders: readonly string[];
  user: string;
  systemRoot: string;
}

function profileHere(): Profile {
  const { LOCALAPPDATA = "", APPDATA = "", SystemRoot = "C:\\Windows" } = environment;
  const folders = [homedir(), LOCALAPPDATA, APPDATA].filter((folder) => folder !== "");
  return { folders, user: userInfo().username, systemRoot: SystemRoot };
}

function isWithin(folder: string, path: string): boolean {
  const way = win32.relative(folder, path);
  return !win32.isAbsolute(way) && way !== ".." && !way.startsWith("..\\");
}
