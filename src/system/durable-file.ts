import { closeSync, fsyncSync, openSync, renameSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "../core/system-code.ts";

/**
 * Brings what was written to a file to the disk. It is opened for writing, since Windows flushes nothing that is open for
 * reading only.
 */
export function syncFile(path: string): void {
  syncOpened(path, "r+");
}

/**
 * Makes the names in a folder durable, as after a rename. Windows lets nobody flush a folder, and NTFS keeps a log of
 * names, by which they are whole after a crash.
 */
export function syncFolder(folder: string, platform: NodeJS.Platform = process.platform): void {
  if (platform !== "win32") syncOpened(folder, "r");
}

/** The same, beside other work. */
export async function syncFolderLater(
  folder: string,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  if (platform === "win32") return;
  const opened = await open(folder, "r");
  await opened.sync().finally(() => opened.close());
}

function syncOpened(path: string, flags: "r" | "r+"): void {
  const opened = openSync(path, flags);
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/**
 * Gives a file the name of another, which is gone then: at no moment is there none, or half of one. On Windows that fails
 * for as long as somebody, such as a virus scanner or an editor, has the other one open: it is tried again for some
 * hundred milliseconds.
 */
export function replaceFile(
  from: string,
  to: string,
  platform: NodeJS.Platform = process.platform,
  { rename, sleep }: Replacing = { rename: renameSync, sleep: Bun.sleepSync },
): void {
  for (const pauseMs of pausesOf(platform)) {
    try {
      return rename(from, to);
    } catch (error) {
      if (!isHeld(error)) throw error;
      sleep(pauseMs);
    }
  }
  rename(from, to);
}

interface Replacing {
  rename(from: string, to: string): void;
  sleep(ms: number): void;
}

/** The same, and others go on between two tries. */
export async function replaceFileLater(
  from: string,
  to: string,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  for (const pauseMs of pausesOf(platform)) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!isHeld(error)) throw error;
      await Bun.sleep(pauseMs);
    }
  }
  await rename(from, to);
}

function pausesOf(platform: NodeJS.Platform): readonly number[] {
  return platform === "win32" ? [5, 10, 20, 40, 80, 160] : [];
}

function isHeld(error: unknown): boolean {
  return ["EPERM", "EACCES", "EBUSY"].includes(systemCode(error));
}

/** As replaceFile, and the name is durable when it returns. */
export function replaceDurably(from: string, to: string): void {
  replaceFile(from, to);
  syncFolder(dirname(to));
}
