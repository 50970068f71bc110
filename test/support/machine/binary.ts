import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { programName } from "../../../scripts/steps.ts";
import { temporaryDirectory } from "./temporary.ts";

/** The compiled binary, as users have it. */

const repositoryRoot = join(import.meta.dirname, "../../..");
const binaryPath = join(repositoryRoot, "dist", programName);

/**
 * Absolute path of a binary that is no older than its sources; built if there is none, once for all files of a test process.
 * CORD's own variables are taken out of the tests' environment, hence the name: TEST_BINARY names another one to test.
 */
export function cordBinary(): Promise<string> {
  const given = process.env["TEST_BINARY"];
  return given === undefined || given === "" ? (built ??= build()) : Promise.resolve(given);
}

let built: Promise<string> | undefined;

/** The version of newerBinary: of any real one it is the newer. */
export const newerVersion = "999.0.0";

/** A binary of the same sources that says it is of a newer version, as an update brings; built once for a test process. */
export function newerBinary(): Promise<string> {
  return (newer ??= buildNewer());
}

let newer: Promise<string> | undefined;

async function buildNewer(): Promise<string> {
  const path = join(temporaryDirectory("newer"), programName);
  await buildAs(path, newerVersion);
  return path;
}

/** Under another name, then renamed: two test processes that build at once never see half a file, nor a program that runs. */
async function build(): Promise<string> {
  if (isFresh()) return binaryPath;
  mkdirSync(join(repositoryRoot, "dist"), { recursive: true });
  const own = join(repositoryRoot, "dist", `${process.pid}.${programName}`);
  await buildAs(own);
  renameSync(own, binaryPath);
  return binaryPath;
}

async function buildAs(path: string, ...version: readonly string[]): Promise<void> {
  const script = join(repositoryRoot, "scripts/build.ts");
  const child = Bun.spawn([process.execPath, script, path, ...version], {
    cwd: repositoryRoot,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [complaint, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${path} could not be built:\n${complaint}`);
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
