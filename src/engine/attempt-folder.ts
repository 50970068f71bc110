import { join } from "node:path";
import { attemptFolderName } from "../core/output-files.ts";

/** Where the output of an attempt goes. */
export function attemptFolder(folder: string, number: number, epoch: number): string {
  return join(folder, attemptFolderName(number, epoch));
}
