import { afterAll } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A fresh directory, removed when the tests end. The name is for whoever looks into it.
 * This module is loaded by the preload, so that its afterAll is that of the whole test run.
 */
export function temporaryDirectory(name: string): string {
  return mkdtempSync(join(root(), `${name}-`));
}

let rootPath: string | null = null;

/** One parent for all, so that a test run that was killed leaves one directory behind. */
function root(): string {
  // the real path: macOS has its temporary directory behind a link, and programs print where they really are
  rootPath ??= realpathSync(mkdtempSync(join(tmpdir(), "cord-test-")));
  mkdirSync(rootPath, { recursive: true });
  return rootPath;
}

afterAll(() => {
  // a process that is still ending may write while this removes
  if (rootPath !== null) rmSync(rootPath, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});
