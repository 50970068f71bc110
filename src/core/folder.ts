import { CordError } from "./error.ts";
import { beginningOf, plain } from "./text.ts";

/**
 * A folder below a run's, relative to it; null for the run's own. An absolute path is taken where it lies in the run's folder.
 * Throws `invalid` for one that leads out of it. Links are for who works there to look at.
 */
export function folderBelow(given: string, base: string | null): string | null {
  const path = given.startsWith("/") && base !== null ? below(given, base) : given;
  const parts = path === null || path.startsWith("/") ? null : partsOf(path);
  if (parts === null || /\p{Cc}/u.test(given))
    throw new CordError(
      "invalid",
      `"${plain(beginningOf(given, 200))}" is no folder below the run's. Give one that is relative to it, such as web/src.`,
    );
  return parts.length === 0 ? null : parts.join("/");
}

/** What of an absolute path comes after the base; null if it lies elsewhere. */
function below(path: string, base: string): string | null {
  const [parts, above] = [partsOf(path.slice(1)), partsOf(base.slice(1))];
  if (parts === null || above === null || above.some((part, index) => parts[index] !== part)) return null;
  return parts.slice(above.length).join("/");
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
