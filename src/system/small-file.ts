import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";

/** The real path of a folder; null if there is none. */
export function realFolder(path: string): string | null {
  try {
    // native: on disks that ignore case or Unicode form, only the system knows how a name is written
    const real = realpathSync.native(path);
    return statSync(real).isDirectory() ? real : null;
  } catch {
    return null;
  }
}

/** The text of a plain file up to a size in bytes; null for anything else. Never blocks, as a pipe would. */
export function readSmall(path: string, maxBytes: number): string | null {
  return readOpened(() => openSync(path, constants.O_RDONLY | nonBlocking), maxBytes)?.toString() ?? null;
}

/** The same of bytes, and of a link there is nothing, either. */
export function readOwn(path: string, maxBytes: number): Buffer | null {
  return readOpened(() => openOwn(path), maxBytes);
}

/**
 * A descriptor of what cord keeps where its own files are, to read it unless another access is given; what is made is its
 * owner's alone. Throws for a link (ELOOP), and never blocks. Windows has no
 * flag for that, but links there only by who may make them: they are looked for just before.
 */
export function openOwn(
  path: string,
  access: number = constants.O_RDONLY,
  { O_NOFOLLOW, O_NONBLOCK }: Flags = constants,
): number {
  if (O_NOFOLLOW === undefined && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw Object.assign(new Error(`ELOOP: ${path} is a link`), { code: "ELOOP" });
  return openSync(path, access | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0), 0o600);
}

/** Windows has neither. */
type Flags = Partial<Pick<typeof constants, "O_NOFOLLOW" | "O_NONBLOCK">>;

/** 0 where there is no such flag. */
export const noFollow = constants.O_NOFOLLOW ?? 0;
export const nonBlocking = constants.O_NONBLOCK ?? 0;

function readOpened(open: () => number, maxBytes: number): Buffer | null {
  let file: number | null = null;
  try {
    file = open();
    const about = fstatSync(file);
    if (!about.isFile() || about.size > maxBytes) return null;
    const bytes = Buffer.alloc(about.size);
    return bytes.subarray(0, readSync(file, bytes, 0, about.size, 0));
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}
