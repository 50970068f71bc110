import { Database } from "bun:sqlite";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** A daemon's hold on a database file: the system lets go of it when the daemon dies, however it dies. */
export interface Lock {
  /** Tells those who come later where the holder listens. */
  announce(url: string): void;
  release(): void;
}

/** Takes the lock of a database; null when another process has it. */
export function lockDatabase(path: string): Lock | null {
  const held = new Database(`${path}.lock`, { create: true });
  try {
    held.run("PRAGMA busy_timeout = 0");
    held.run("PRAGMA journal_mode = DELETE");
    held.run("PRAGMA locking_mode = EXCLUSIVE");
    held.run("BEGIN EXCLUSIVE");
  } catch {
    held.close();
    return null;
  }
  const address = addressFile(path);
  return {
    announce: (url) => writeFileSync(address, `${url}\n`, { mode: 0o600 }),
    release: () => {
      rmSync(address, { force: true });
      held.close();
    },
  };
}

/** Where the holder of a database's lock said it listens; null when it has not said so yet. */
export function holderOf(path: string): string | null {
  try {
    return readFileSync(addressFile(path), "utf8").trim() || null;
  } catch {
    return null;
  }
}

function addressFile(path: string): string {
  return `${path}.address`;
}
