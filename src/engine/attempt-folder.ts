import { join } from "node:path";

/** Where the output of an attempt goes. */
export function attemptFolder(folder: string, number: number, epoch: number): string {
  return join(folder, `${number}-${epoch}`);
}
