import { windowsProgram } from "./windows-program.ts";

/**
 * Ends a process and all that descend from it, at once; one that is gone is no error. Windows only. It needs the process
 * itself to be there still: taskkill finds the others from it. What it prints is for nobody.
 */
export function killTree(pid: number, run: (argv: string[]) => void = runQuietly): void {
  run([windowsProgram("taskkill.exe"), "/PID", String(pid), "/T", "/F"]);
}

function runQuietly(argv: string[]): void {
  try {
    Bun.spawnSync(argv, { stdio: ["ignore", "ignore", "ignore"], timeout: maxMs, windowsHide: true });
  } catch {
    // there is none here
  }
}

/** It asks each process' end of the system, and awaits none. */
const maxMs = 5_000;
