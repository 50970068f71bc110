import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/**
 * The real path of a project's file: its own, or that of the file in the project to which it links. A link that leads
 * out of the project, or to nothing, stays as it is and is refused when it is written. `real` shows whether two names
 * are one file, wherever it is.
 */
interface Standing {
  /** relative to the root, with "/" between its names */
  readonly path: string;
  readonly real: string;
}

/** Where the file of this name, directly in the project's folder, stands. `root` is without links. */
export function standingOf(root: string, name: string): Standing {
  const real = realPathOf(join(root, name));
  const within = relative(root, real).split(sep);
  const isInside = within[0] !== ".." && real !== root;
  return { path: isInside && isThere(real) ? within.join("/") : name, real };
}

/** As far as links lead; of one that leads to nothing, what it names. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
    return resolve(dirname(path), readlinkSync(path));
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
