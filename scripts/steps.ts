import { join } from "node:path";

export const root = join(import.meta.dir, "..");

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

/** Fetches what the lock file names, with the Bun that runs this. */
export function install(): Promise<boolean> {
  return step("install what is missing", [process.execPath, "install", "--frozen-lockfile"]);
}

/** Fetches the clients that test/conformance runs against cord: about 1 GB, which nobody who only builds needs. */
export function installClients(): Promise<boolean> {
  const argv = [process.execPath, "install", "--frozen-lockfile", "--cwd", "scripts/clients"];
  return step("install the clients that are tested", argv);
}

/** This Bun, running one of package.json's scripts. */
export function script(name: string, ...flags: string[]): string[] {
  return [process.execPath, "run", "--silent", name, ...flags];
}
