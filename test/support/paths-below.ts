import { readdirSync } from "node:fs";

/** All that is below a folder, by paths with "/" between their names on every system, in order. */
export function pathsBelow(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return paths.map((path) => (process.platform === "win32" ? path.replaceAll("\\", "/") : path)).toSorted();
}
