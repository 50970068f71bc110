import { parse } from "jsonc-parser";
import { readFileSync } from "node:fs";
import { z } from "zod";

/** What a lock file of Bun's says of one package. */
export interface Locked {
  /** where it lies under node_modules, with a slash between a package and one within it */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** SHA-512 of the package as npm's registry has it, in hex */
  readonly sha512: string;
  /** the keys of those that it needs */
  readonly needs: readonly string[];
}

const Names = z.record(z.string(), z.string()).default({});
const Meta = z.looseObject({
  dependencies: Names,
  optionalDependencies: Names,
  peerDependencies: Names,
  optionalPeers: z.array(z.string()).default([]),
});
const Package = z.tuple([z.string(), z.string(), Meta, z.string()]);
/** Bun's own words: `name@version`, the registry, what it needs, and its integrity. */
const Lock = z.looseObject({
  workspaces: z.object({ "": z.looseObject({ dependencies: Names }) }),
  packages: z.record(z.string(), Package),
});

/** The packages that the manifest's dependencies need, and these themselves; none that only develops or tests. */
export function productionPackages(path: string): Locked[] {
  const { workspaces, packages } = Lock.parse(parse(readFileSync(path, "utf8")));
  const found = new Map<string, Locked>();
  const waiting = Object.keys(workspaces[""].dependencies);
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    const entry = packages[key];
    if (found.has(key) || entry === undefined) continue;
    const locked = lockedOf(key, entry, (name) => placeOf(packages, key ?? "", name));
    found.set(key, locked);
    waiting.push(...locked.needs);
  }
  return [...found.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function lockedOf(
  key: string,
  [spec, , meta, integrity]: z.infer<typeof Package>,
  placeOfNeed: (name: string) => string | null,
): Locked {
  const at = spec.lastIndexOf("@");
  const peers = Object.keys(meta.peerDependencies).filter((name) => !meta.optionalPeers.includes(name));
  const names = [...Object.keys(meta.dependencies), ...Object.keys(meta.optionalDependencies), ...peers];
  return {
    key,
    name: spec.slice(0, at),
    version: spec.slice(at + 1),
    sha512: Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex"),
    needs: [...new Set(names)].flatMap((name) => placeOfNeed(name) ?? []).toSorted(),
  };
}

/** Where Node finds a package from within another: in its own folder, else in one above. Null where it is not there. */
function placeOf(packages: Readonly<Record<string, unknown>>, from: string, name: string): string | null {
  const folders = packagesIn(from);
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const key = [...folders.slice(0, depth), name].join("/");
    if (Object.hasOwn(packages, key)) return key;
  }
  return null;
}

/** The packages of a key, from the outermost: a scope and its name are one. */
export function packagesIn(key: string): string[] {
  return key.match(/@[^/]+\/[^/]+|[^/]+/g) ?? [];
}
