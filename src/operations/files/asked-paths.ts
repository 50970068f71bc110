import { dirname, isAbsolute, join, posix } from "node:path";
import { CordError } from "../../core/error.ts";
import { tabBounds } from "../../core/limits.ts";
import { cleanPattern, hasEnding, isPath } from "../../core/pattern.ts";
import { slashed, within, type Checkout } from "../../system/places.ts";
import type { Files } from "./disk.ts";

/** Patterns as they are kept, and the checkout in which they mean files. */
export interface AskedPaths {
  folder: string;
  patterns: string[];
  ignoresCase: boolean;
}

/**
 * Brings patterns as agents write them, relative to the checkout's top or absolute, to those that are kept. Where links lead to
 * within the checkout is reserved with them. `folder` is any folder in the checkout; without one the absolute paths say which
 * it is. Throws `invalid` for what lies elsewhere.
 */
export async function askedPaths(
  files: Files,
  given: readonly string[],
  folder: string | undefined,
): Promise<AskedPaths> {
  const paths = given.map((path) => slashed(path));
  const { top, ignoresCase } = await checkoutFor(files, paths, folder);
  const patterns = new Set<string>();
  for (const path of paths) {
    const relative = isAbsolute(path) ? await fromTop(files, path, { top, folder }) : path;
    for (const pattern of await withLinked(files, await asFolder(files, cleanPattern(relative), top), top))
      patterns.add(pattern);
  }
  if (patterns.size > tabBounds.patterns)
    throw refused(`they are more than ${tabBounds.patterns} with what their links lead to`);
  return { folder: top, patterns: [...patterns], ignoresCase };
}

/** Where all paths are absolute they say themselves in which repository they are, if it is not that of the folder. */
async function checkoutFor(
  files: Files,
  paths: readonly string[],
  folder: string | undefined,
): Promise<Checkout> {
  const own = folder === undefined ? null : await files.checkoutOf(folder);
  const first = paths.find((path) => isAbsolute(path));
  if (first === undefined) return own ?? noFolder();
  const { before } = beforeWildcards(first, own === null ? [] : [folder, own.top]);
  const theirs = await files.checkoutOf((await files.isFolder(before)) ? before : dirname(before));
  if (own === null) return theirs;
  const isElsewhere = theirs.isRepository && theirs.top !== own.top;
  return isElsewhere && paths.every((path) => isAbsolute(path)) ? theirs : own;
}

function noFolder(): never {
  throw refused(
    "it is not known where you work: begin each path with the whole way to it, as in /home/ann/shop/src",
  );
}

/** An absolute path as one from the top of the checkout, whatever links lead there. */
async function fromTop(
  files: Files,
  path: string,
  { top, folder }: { top: string; folder: string | undefined },
): Promise<string> {
  const { before, after } = beforeWildcards(path, [folder, top]);
  const [place] = await files.places([before], top, withinMs);
  const own = place && (within(top, place.named) ?? within(top, place.real));
  if (own === undefined || own === null)
    throw refused(
      `${JSON.stringify(path.slice(0, shownLength))} is not in ${top}. Another checkout's files are reserved by those who work there`,
    );
  return own === "." ? after || "**" : posix.join(own, after);
}

/** A path up to its first name with a wildcard, and from there. The names of the folders in which it may lie are no wildcards. */
function beforeWildcards(
  path: string,
  folders: readonly (string | undefined)[] = [],
): { before: string; after: string } {
  const known = folders
    .flatMap((folder) => (folder === undefined ? [] : [slashed(folder)]))
    .find((folder) => path.startsWith(`${folder}/`));
  const names = path.split("/");
  const from = known === undefined ? 0 : known.split("/").length;
  const first = names.findIndex((name, at) => at >= from && !isPath(name));
  if (first < 0) return { before: path, after: "" };
  return { before: names.slice(0, first).join("/") || "/", after: names.slice(first).join("/") };
}

/** A name with an ending is a file's, unless the disk has a folder there. */
async function asFolder(files: Files, pattern: string, top: string): Promise<string> {
  if (!isPath(pattern) || !hasEnding(pattern)) return pattern;
  return (await files.isFolder(join(top, pattern))) ? `${pattern}/**` : pattern;
}

/** A pattern, and that for the same files where links lead to them from. */
async function withLinked(files: Files, pattern: string, top: string): Promise<string[]> {
  const { before, after } = beforeWildcards(pattern);
  if (before === "" || before === "/") return [pattern];
  const [place] = await files.places([before], top, withinMs);
  const real = place && within(top, place.real);
  if (real === undefined || real === null || real === "." || real === before) return [pattern];
  const linked = posix.join(real, after);
  return linked.length > tabBounds.patternLength ? [pattern] : [pattern, linked];
}

function refused(why: string): CordError {
  return new CordError("invalid", `paths: ${why}.`, { data: { parameter: "paths" } });
}

/** Nobody's turn waits. */
const withinMs = 5000;
const shownLength = 120;
