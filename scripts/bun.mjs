import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs a script with the Bun that package.json pins: that of node_modules, or one that npm fetches where there is none
 * yet. For Node, which has npm. Whatever npm fetches stays in this clone (.npmrc).
 */
const root = join(import.meta.dirname, "..");
const packedMegabytes = 36;

/** @param {string} path @returns {{ version?: string, devDependencies?: Record<string, string> }} */
function manifest(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

const version = manifest(join(root, "package.json")).devDependencies?.["bun"] ?? "";
const isThere = manifest(join(root, "node_modules/bun/package.json")).version === version;
const windows = process.platform === "win32";
const argv = isThere
  ? [join(root, "node_modules/bun/bin/bun.exe")]
  : [windows ? "npx.cmd" : "npx", "--yes", `bun@${version}`];
if (!isThere)
  console.log(`── fetch Bun ${version}, about ${packedMegabytes} MB, into node_modules/.cache of this clone`);
const [command = "", ...rest] = argv;
const { status, signal } = spawnSync(command, [...rest, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  // else Bun keeps what it has compiled in the home directory
  env: { ...process.env, BUN_RUNTIME_TRANSPILER_CACHE_PATH: join(root, "node_modules/.cache/compiled") },
  shell: windows && !isThere,
});
process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
