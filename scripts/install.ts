import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, step } from "./steps.ts";

/** Fetches what the lock file names, with the Bun that runs this: nothing where it is all there. */
export function install(): Promise<boolean> {
  return fetchInto("", "what cord is built and tested with", 460);
}

/** Fetches the clients that test/conformance runs against cord, and the browser that its pages are tested in, which nobody who only builds needs. */
export function installClients(): Promise<boolean> {
  return fetchInto("scripts/clients", "the real MCP clients and the browser that tests use", 1500);
}

/** Fetches Bun's runtimes for all the machines that a release is built for, which nobody but who builds one needs. */
export function installRuntimes(): Promise<boolean> {
  const anyMachine = ["--os=*", "--cpu=*", "--libc=*"];
  return fetchInto("scripts/release", "Bun's runtimes for other machines", 830, anyMachine);
}

/** `megabytes`: on the disk, of all of it. What is fetched is kept in this clone, also what bun caches. */
async function fetchInto(
  folder: string,
  what: string,
  megabytes: number,
  flags: readonly string[] = [],
): Promise<boolean> {
  const place = join(root, folder);
  const missing = missingIn(place);
  const title =
    missing.length === 0
      ? `${what}: all there`
      : `fetch ${what} (${missing.join(", ")}, and what they need: up to ${megabytes} MB) into ${join(folder, "node_modules")}`;
  const argv = [
    process.execPath,
    "install",
    "--frozen-lockfile",
    ...(folder === "" ? [] : ["--cwd", folder]),
    ...flags,
  ];
  const cache = join(place, "node_modules/.cache");
  // opencode writes to these when it is installed
  const kinds = ["CACHE", "CONFIG", "DATA", "STATE"].map((kind) => [
    `XDG_${kind}_HOME`,
    join(cache, "xdg", kind),
  ]);
  return step(title, argv, { ...Object.fromEntries(kinds), BUN_INSTALL_CACHE_DIR: cache });
}

/** The packages that package.json names, with their versions, and that are not there. */
function missingIn(place: string): string[] {
  const { dependencies = {}, devDependencies = {} } = manifestAt(join(place, "package.json"));
  return Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) =>
    manifestAt(join(place, "node_modules", name, "package.json")).version === version
      ? []
      : [`${name} ${version}`],
  );
}

interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

function manifestAt(path: string): Manifest {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}
