import { expect } from "bun:test";
import { statSync } from "node:fs";

/** Who may do what with a file. Windows keeps no modes, but lists of rights: src/system/rights.ts says which files get one. */
export function expectMode(path: string, mode: number): void {
  if (process.platform === "win32") return;
  expect((statSync(path).mode & 0o777).toString(8)).toBe(mode.toString(8));
}
