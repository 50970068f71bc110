import { join } from "node:path";

export const root = join(import.meta.dir, "..");

/** What the compiled binary is called on this machine: Windows starts only what ends in .exe. */
export const programName = process.platform === "win32" ? "cord.exe" : "cord";

/** What one test may take. Only a machine that is many times too busy comes near it: a test has a limit of its own only above. */
export const testTimeoutMs = 120_000;

/** Runs one of the project's own commands in its root, showing what it prints. True if it ended well. */
export async function step(
  title: string,
  argv: string[],
  env: Record<string, string> = {},
): Promise<boolean> {
  console.log(`\n── ${title}`);
  const child = Bun.spawn(argv, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["inherit", "inherit", "inherit"],
  });
  return (await child.exited) === 0;
}

/** This Bun, running one of package.json's scripts. */
export function script(name: string, ...flags: string[]): string[] {
  return [process.execPath, "run", "--silent", name, ...flags];
}
