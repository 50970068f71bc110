import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, realpath, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CordError } from "../core/error.ts";
import { systemCode } from "../core/system-code.ts";
import { replaceFileLater, syncFolderLater } from "../system/durable-file.ts";
import { noFollow, nonBlocking } from "../system/small-file.ts";

/** The vault's files, by paths relative to its folder. Every link within it is refused, and files appear whole or not at all. */
export interface Folder {
  /** Makes the folders there must be. Throws `failed` if one of them is a link or no folder. */
  prepare(folders: readonly string[]): Promise<void>;
  /** Whether a path is free, or holds a file that begins with head, or something of someone else. */
  inspect(path: string, head: string): Promise<"free" | "own" | "foreign">;
  /** The last bytes of a file, and where they begin. Null if there is no regular file. */
  tail(path: string, bytes: number): Promise<{ text: string; from: number } | null>;
  read(path: string): Promise<string | null>;
  write(path: string, text: string): Promise<void>;
  /** Cuts a file at a length and goes on from there. */
  writeFrom(path: string, length: number, text: string): Promise<void>;
  list(folder: string): Promise<string[]>;
  remove(path: string): Promise<void>;
  /** Makes the names of new files durable. */
  flush(folders: readonly string[]): Promise<void>;
}

/** Windows has neither flag: what it opens was looked at just before. */
const plainOnly = noFollow | nonBlocking;

/** Opens or makes the folder itself; it may be a link, since its place is its owner's choice. */
export async function openFolder(path: string, scratch: string): Promise<Folder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const root = await realpath(path);
  let written = 0;

  /** Null if there is no regular file. */
  async function opened<T>(
    path: string,
    use: (file: FileHandle, size: number) => Promise<T>,
  ): Promise<T | null> {
    const found = await lstat(join(root, path)).catch(absent);
    if (!found?.isFile()) return null;
    const file = await open(join(root, path), constants.O_RDONLY | plainOnly);
    return use(file, found.size).finally(() => file.close());
  }

  return {
    prepare: async (folders) => {
      for (const folder of folders) await requireFolder(join(root, folder));
    },
    inspect: async (path, head) => {
      const found = await lstat(join(root, path)).catch(absent);
      if (!found) return "free";
      const wanted = Buffer.from(head);
      const start = await opened(path, (file) => readAt(file, 0, wanted.length));
      return start?.equals(wanted) ? "own" : "foreign";
    },
    tail: (path, bytes) =>
      opened(path, async (file, size) => {
        const from = Math.max(0, size - bytes);
        return { text: (await readAt(file, from, size - from)).toString("latin1"), from };
      }),
    read: (path) => opened(path, (file) => file.readFile("utf8")),
    write: async (path, text) => {
      const temporary = join(root, scratch, `new-${(written += 1)}`);
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | plainOnly;
      const file = await open(temporary, flags, 0o600);
      await file
        .writeFile(text)
        .then(() => file.datasync())
        .finally(() => file.close());
      await replaceFileLater(temporary, join(root, path));
    },
    writeFrom: async (path, length, text) => {
      const file = await open(join(root, path), constants.O_RDWR | plainOnly);
      try {
        await file.truncate(length);
        const bytes = Buffer.from(text);
        const { bytesWritten } = await file.write(bytes, 0, bytes.length, length);
        if (bytesWritten < bytes.length) throw new Error(`${path} took only a part of what was written`);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
    list: (folder) => readdir(join(root, folder)),
    remove: (path) => rm(join(root, path), { force: true }),
    flush: async (folders) => {
      for (const folder of folders) await syncFolderLater(join(root, folder));
    },
  };
}

async function requireFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(absent);
  if (found?.isDirectory()) return;
  if (found)
    throw new CordError(
      "failed",
      `${path} is ${found.isSymbolicLink() ? "a link" : "no folder"}, and the vault follows none. Move it away, or choose another folder.`,
    );
  await mkdir(path, { mode: 0o700 });
  await syncFolderLater(dirname(path));
}

async function readAt(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, from);
  return buffer.subarray(0, bytesRead);
}

function absent(error: unknown): null {
  if (systemCode(error) === "ENOENT") return null;
  throw error;
}
