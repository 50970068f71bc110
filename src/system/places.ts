import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** Where a path leads on the disk, also one of a file that is not there yet. */
export interface Place {
  /** as it was asked for, absolute */
  named: string;
  /** where its links lead */
  real: string;
  /** the top of the checkout that holds it: of a linked work tree, or a submodule, its own. Null: it is in none. */
  top: string | null;
  /** whether its disk takes `A` and `a` for one name */
  ignoresCase: boolean;
}

/** Where a checkout begins, without links. */
export interface Checkout {
  top: string;
  /** false: there is none, and top is the folder itself */
  isRepository: boolean;
  ignoresCase: boolean;
}

/** Finds where paths lead: what it has looked at it does not look at again, so each is for one question only. */
export class Places {
  readonly #tops = new Map<string, Promise<string | null>>();
  readonly #folders = new Map<string, Promise<string>>();
  readonly #cases = new Map<string, Promise<boolean>>();

  /** A relative path is taken from the folder. Never throws: what cannot be looked at is as it reads. */
  async at(path: string, folder: string): Promise<Place> {
    const named = resolve(folder, path);
    const real = await this.#realFile(isAbsolute(path) ? path : `${folder}/${path}`, maxLinks);
    const top = await this.#top(dirname(real));
    const ignoresCase = await once(this.#cases, top ?? dirname(real), isCaseIgnored);
    return { named, real, top, ignoresCase };
  }

  /** The checkout that a folder is in, or is; the folder itself where it is in none. */
  async checkoutOf(folder: string): Promise<Checkout> {
    const real = await this.#realFolder(folder);
    const found = await this.#top(real);
    const top = found ?? real;
    return { top, isRepository: found !== null, ignoresCase: await once(this.#cases, top, isCaseIgnored) };
  }

  #top(folder: string): Promise<string | null> {
    return once(this.#tops, folder, async () => {
      if (await isThere(join(folder, ".git"))) return folder;
      const parent = dirname(folder);
      return parent === folder ? null : this.#top(parent);
    });
  }

  /** What a link that leads to nothing names would be made by an editor. */
  async #realFile(path: string, links: number): Promise<string> {
    const name = basename(path);
    if (name === "" || name === "." || name === "..") return this.#realFolder(path);
    const at = join(await this.#realFolder(dirname(path)), name);
    const target = links === 0 ? null : await linkAt(at);
    if (target === null) return at;
    return this.#realFile(isAbsolute(target) ? target : `${dirname(at)}/${target}`, links - 1);
  }

  /** Of a folder that is not there the part that is. */
  #realFolder(path: string): Promise<string> {
    return once(this.#folders, path, async () => {
      try {
        return await realpath(path);
      } catch {
        const plain = resolve(path);
        const parent = dirname(plain);
        return parent === plain ? plain : join(await this.#realFolder(parent), basename(plain));
      }
    });
  }
}

const maxLinks = 8;

/** A path with "/" between its names, as patterns have it; elsewhere than on Windows a "\\" is a letter of a name. */
export function slashed(path: string, separator: string = sep): string {
  return separator === "/" ? path : path.replaceAll(separator, "/");
}

/** A path within a folder, with "/" between its names; null for one that is not in it. */
export function within(folder: string, path: string): string | null {
  const way = relative(folder, path);
  if (way === "") return ".";
  if (isAbsolute(way) || way === ".." || way.startsWith(`..${sep}`)) return null;
  return slashed(way);
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

function once<T>(known: Map<string, Promise<T>>, key: string, find: (key: string) => Promise<T>): Promise<T> {
  const found = known.get(key) ?? find(key);
  known.set(key, found);
  return found;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

async function linkAt(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch {
    return null;
  }
}

/** Whether a folder that is there is found by its name in the other case, too. */
async function isCaseIgnored(folder: string): Promise<boolean> {
  const other = otherCase(folder);
  if (other === folder) return false;
  // as bigints: on NTFS a file's number may be larger than what a number is exact to
  const [one, two] = await Promise.all(
    [folder, other].map((path) => stat(path, { bigint: true }).catch(() => null)),
  );
  return one != null && two != null && one.ino === two.ino && one.dev === two.dev;
}

/** The path with the last of its names that has letters in another case. */
function otherCase(path: string): string {
  const name = basename(path);
  const swapped = name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
  if (swapped !== name) return join(dirname(path), swapped);
  return dirname(path) === path ? path : join(otherCase(dirname(path)), name);
}
