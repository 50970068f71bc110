import { accessSync, constants, mkdirSync } from "node:fs";
import { CordError, messageOf } from "../../core/error.ts";

/** Throws `failed` for a vault that cannot be written, before the old daemon has gone for one that draws into it. */
export function refuseUnusable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new CordError(
      "failed",
      `The vault ${folder} cannot be written: ${messageOf(error)}. The daemon was left as it is; choose another folder.`,
    );
  }
}
