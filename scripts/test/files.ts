import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../steps.ts";
import { whyLeftOut } from "./left-out.ts";

/** The test files, those that take longest first: what is begun last is over soon, and no processor waits for it. */

const known = join(root, "scripts/test/seconds.json");

/** Those whose path has one of the words in it; all without a word. What this system cannot run is named, by the reason. */
export function testFiles(
  words: readonly string[],
  platform: NodeJS.Platform = process.platform,
): { files: string[]; leftOut: Map<string, string[]> } {
  const seconds = secondsByFile();
  const paths = [...new Bun.Glob("test/**/*.test.ts").scanSync({ cwd: root })].map((path) =>
    path.replaceAll("\\", "/"),
  );
  const wanted = words.map((word) => word.replace(/^\.\//, ""));
  const files = paths
    .filter((path) => wanted.length === 0 || wanted.some((word) => path.includes(word)))
    .toSorted((a, b) => (seconds[b] ?? 0) - (seconds[a] ?? 0) || (a < b ? -1 : 1));
  const why = (path: string) => whyLeftOut(path, platform);
  const leftOut = Map.groupBy(
    files.filter((path) => why(path) !== null),
    (path) => why(path) ?? "",
  );
  return { files: files.filter((path) => why(path) === null), leftOut };
}

/** Notes how long the longer ones took, in whole seconds, for the order of the next runs. */
export function keepSeconds(taken: ReadonlyMap<string, number>): void {
  const longer = [...taken].filter(([, seconds]) => seconds >= 2).toSorted(([, a], [, b]) => b - a);
  const text = Object.fromEntries(longer.map(([path, seconds]) => [path, Math.round(seconds)]));
  writeFileSync(known, `${JSON.stringify(text, null, 2)}\n`);
}

function secondsByFile(): Record<string, number> {
  return existsSync(known) ? JSON.parse(readFileSync(known, "utf8")) : {};
}
