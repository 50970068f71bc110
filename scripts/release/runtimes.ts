import { z } from "zod";
import { join } from "node:path";
import { root } from "../steps.ts";
import { installRuntimes } from "../install.ts";
import type { Target } from "../../src/core/targets.ts";

/**
 * The folder's own package.json pins a package of npm's registry for each runtime, and its lock file their SHA-512, which
 * Bun checks when it fetches them. They stay in this clone.
 */
const packages = join(root, "scripts/release/node_modules/@oven");

/**
 * Where Bun's runtime for each of these targets lies, by the target's name; fetched first, if one is for another machine
 * than this. Throws when they cannot be had.
 */
export async function runtimesOf(targets: readonly Target[]): Promise<ReadonlyMap<string, string>> {
  const others = targets.filter((target) => !isOfThisMachine(target));
  if (others.length > 0 && !(await installRuntimes()))
    throw new Error(
      `Bun's runtimes for ${others.map(({ name }) => name).join(", ")} could not be fetched from npm's registry (Bun says why above). Go on line once, and run this again: it keeps what it has in scripts/release/node_modules. Off line it can build --targets ${targets.find(isOfThisMachine)?.name ?? `${process.platform}-${process.arch}`} alone.`,
    );
  return new Map(
    targets.map((target) => [target.name, isOfThisMachine(target) ? process.execPath : fetched(target)]),
  );
}

/** This machine's runtime is the Bun that runs this: the same bytes as in its package, so that nothing needs to be fetched. */
export function isOfThisMachine({ os, arch, libc, isBaseline }: Target): boolean {
  return os === process.platform && arch === process.arch && libc === libcHere() && !isBaseline;
}

function libcHere(): Target["libc"] {
  if (process.platform !== "linux") return null;
  const { header } = z
    .object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) })
    .parse(process.report.getReport());
  return header.glibcVersionRuntime === undefined ? "musl" : "glibc";
}

function fetched({ bun, os }: Target): string {
  return join(packages, bun.replace("arm64", "aarch64"), "bin", os === "win32" ? "bun.exe" : "bun");
}
