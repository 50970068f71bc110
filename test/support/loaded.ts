import { posix } from "node:path";
import { sourcesIn } from "./source.ts";

const sources = new Map(sourcesIn("src").map((source) => [source.path, source]));

/** What is loaded with a file, at once and by way of others: files of the code, and packages. */
export function loadedWith(path: string): Set<string> {
  const loaded = new Set([path]);
  for (const one of loaded)
    for (const { from, isLazy, isOfTypes } of sources.get(one)?.imports ?? [])
      if (!isLazy && !isOfTypes)
        loaded.add(from.startsWith(".") ? posix.join(posix.dirname(one), from) : from);
  return loaded;
}

/** The files that name a package, or a part of it. */
export function naming(isNamed: (from: string) => boolean): string[] {
  const files = [...sources.values()].filter(({ imports }) => imports.some(({ from }) => isNamed(from)));
  return files.map(({ path }) => path);
}
