import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

/** The compiled binary, as users have it. */

const repositoryRoot = join(import.meta.dirname, "../../..");
const binaryPath = join(repositoryRoot, "dist/cord");

/**
 * Absolute path of a binary that is no older than its sources; built if there is none, once for all files of a test process.
 * CORD's own variables are taken out of the tests' environment, hence the name: TEST_BINARY names another one to test.
 */
export function cordBinary(): Promise<string> {
  const given = process.env["TEST_BINARY"];
  return given === undefined || given === "" ? (built ??= build()) : Promise.resolve(given);
}

let built: Promise<string> | undefined;

/** Under another name, then renamed: two test processes that build at once never see half a file, nor a program that runs. */
async function build(): Promise<string> {
  if (isFresh()) return binaryPath;
  mkdirSync(join(repositoryRoot, "dist"), { recursive: true });
  const own = `${binaryPath}.${process.pid}`;
  const child = Bun.spawn([process.execPath, join(repositoryRoot, "scripts/build.ts"), own], {
    cwd: repositoryRoot,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [complaint, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`dist/cord could not be built:\n${complaint}`);
  renameSync(own, binaryPath);
  return binaryPath;
}

function isFresh(): boolean {
  const builtAt = changedAt(binaryPath);
  const sources = readdirSync(join(repositoryRoot, "src"), { recursive: true, encoding: "utf8" }).map(
    (path) => join(repositoryRoot, "src", path),
  );
  const others = ["scripts/build.ts", "scripts/compile.ts", "package.json", "bun.lock"].map((path) =>
    join(repositoryRoot, path),
  );
  return builtAt > Math.max(...[...sources, ...others].map(changedAt));
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
