import { CordError } from "./error.ts";
import { beginningOf, plain } from "./text.ts";

/**
 * A folder below a run's, relative to it, with "/" between its names; null for the run's own. An absolute path is taken where it
 * lies in the run's folder. In a run on Windows, as its folder shows, "\\" parts names too, and the case of letters is ignored.
 * Throws `invalid` for one that leads out of it. Links are for who works there to look at.
 */
export function folderBelow(given: string, base: string | null): string | null {
  const isWindows = base !== null && drive.test(base);
  const written = isWindows ? given.replaceAll("\\", "/") : given;
  const path = isAbsolute(written) && base !== null ? below(written, base, isWindows) : written;
  const parts = path === null || isAbsolute(path) ? null : partsOf(path);
  if (parts === null || /\p{Cc}/u.test(given))
    throw new CordError(
      "invalid",
      `"${plain(beginningOf(given, 200))}" is no folder below the run's. Give one that is relative to it, such as web/src.`,
    );
  return parts.length === 0 ? null : parts.join("/");
}

/** A disk of Windows, or a share. */
const drive = /^(?:[a-z]:[\\/]|\\\\)/i;

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || drive.test(path);
}

/** What of an absolute path comes after the base; null if it lies elsewhere. */
function below(path: string, base: string, isWindows: boolean): string | null {
  const parts = partsOf(path);
  const above = partsOf(isWindows ? base.replaceAll("\\", "/") : base);
  const asCompared = (part: string | undefined) => (isWindows ? part?.toLowerCase() : part);
  const isAbove = above?.every((part, index) => asCompared(part) === asCompared(parts?.[index]));
  return parts !== null && isAbove === true ? parts.slice(above?.length).join("/") : null;
}

/** The folders of a relative path one by one; null if it leads out of where it begins. */
function partsOf(path: string): string[] | null {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts;
}
