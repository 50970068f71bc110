import { dirname } from "node:path";
import { chmodSync, statSync } from "node:fs";
import { CordError, messageOf } from "../core/error.ts";
import { systemCode } from "../core/system-code.ts";
import { makePrivateFolder } from "../system/private-file.ts";
import { isAnothers, isOpenToOthers } from "../system/rights.ts";

/**
 * Makes a folder that only its owner can use, and removes others' rights from one that exists. Returns its path.
 * Throws `failed`, with the fix, when it cannot be made, is another user's, or is not a folder.
 */
export function keptFolder(folder: string): string {
  try {
    makePrivateFolder(folder);
    const stats = statSync(folder);
    if (isAnothers(stats) && process.getuid?.() !== 0)
      throw new CordError(
        "failed",
        `${folder} belongs to another user. Set XDG_DATA_HOME to a folder of yours.`,
      );
    if (isOpenToOthers(stats)) chmodSync(folder, 0o700);
    return folder;
  } catch (error) {
    if (error instanceof CordError) throw error;
    throw new CordError(
      "failed",
      `cord keeps its files in ${folder}, and that folder cannot be made or used: ${reason(error)}. Set HOME, or XDG_DATA_HOME, to a folder that you can write.`,
      { cause: error },
    );
  }
}

/** Why a file in such a folder cannot be used, as a CordError with the fix. */
export function unusableFile(file: string, error: unknown): CordError {
  const fix =
    systemCode(error) === "ENOSPC" || systemCode(error) === "EDQUOT"
      ? "Free some space"
      : `Fix the rights of ${dirname(file)}`;
  return new CordError(
    "failed",
    `The file ${file} cannot be used: ${reason(error)}. ${fix}, or set XDG_DATA_HOME to another folder.`,
    { cause: error },
  );
}

/** The system's reason without the call that failed. */
function reason(error: unknown): string {
  return messageOf(error).replace(/^([A-Z]+: [^,]+),.*$/s, "$1");
}
