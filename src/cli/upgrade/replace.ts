import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CordError, messageOf } from "../../core/error.ts";
import { processIdentity } from "../../system/process-identity.ts";

export interface Replacement {
  path: string;
  bytes: Uint8Array;
  mode: number;
}

/**
 * Puts files in the place of others: all are written beside their places and on disk, then `try` is given the first,
 * and then they are renamed in this order. A crash leaves an old file or a new one, and perhaps what was written beside it,
 * which the next replacement removes. Throws `failed` where they cannot be written, with all as it was.
 */
export async function replaceFiles(
  replacements: readonly Replacement[],
  tried: (path: string) => Promise<void>,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  const staged: { from: string; to: string }[] = [];
  try {
    for (const replacement of replacements) {
      removeOlder(replacement.path);
      const from = besideOf(replacement.path);
      staged.push({ from, to: replacement.path });
      writeWhole(from, replacement);
    }
    const [program] = staged;
    if (program) await tried(program.from);
    for (const { from, to } of staged) moveInto(from, to, platform);
  } catch (error) {
    for (const { from } of staged) removeIfPossible(from);
    throw error instanceof CordError ? error : unwritable(replacements[0]?.path ?? "", error);
  }
}

/** In the same folder, and so on the same file system. It keeps its ending: Windows starts nothing but .exe. */
function besideOf(path: string): string {
  return join(dirname(path), `.new-${process.pid}-${basename(path)}`);
}

/**
 * What an upgrade left that was killed, and on Windows the program that ran when it was replaced. What another upgrade has
 * written that is under way stays: the last one to rename has its way, whole.
 */
function removeOlder(path: string): void {
  const name = basename(path);
  for (const entry of readdirSync(dirname(path))) {
    const [, kind, pid] = /^\.(new|old)-(\d+)-/.exec(entry) ?? [];
    if (kind === undefined || !entry.endsWith(`-${name}`)) continue;
    if (kind === "new" && isOfAnother(Number(pid))) continue;
    removeIfPossible(join(dirname(path), entry));
  }
}

/** Windows keeps a program that still runs, and a disk may have become read-only; the next upgrade tries again. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // said by what is tried there next, or by nobody
  }
}

function isOfAnother(pid: number): boolean {
  return pid !== process.pid && processIdentity(pid) !== null;
}

function writeWhole(path: string, { bytes, mode }: Replacement): void {
  const file = openSync(path, "wx", mode);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Windows lets nobody replace a program that runs, but rename it: it is moved away first, and back if the new one does
 * not come. Source: https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-movefileexw (ERROR_ACCESS_DENIED).
 */
function moveInto(from: string, to: string, platform: NodeJS.Platform): void {
  if (platform !== "win32") return renameSync(from, to);
  const away = join(dirname(to), `.old-${process.pid}-${basename(to)}`);
  renameSync(to, away);
  try {
    renameSync(from, to);
  } catch (error) {
    renameSync(away, to);
    throw error;
  }
  removeIfPossible(away);
}

function unwritable(path: string, error: unknown): CordError {
  const reason = messageOf(error).replace(/^([A-Z]+: [^,]+),.*$/s, "$1");
  return new CordError(
    "failed",
    `${path} cannot be replaced: ${reason}. Nothing was changed; free some space, or look whose ${dirname(path)} is, and try again.`,
    { cause: error },
  );
}
