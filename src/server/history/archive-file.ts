import { constants, existsSync } from "node:fs";
import { lstat, open, readdir, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { CordError } from "../../core/error.ts";
import { historyBounds } from "../../core/limits.ts";
import { replaceFileLater, syncFolderLater } from "../../system/durable-file.ts";
import { makePrivate, makePrivateFolder } from "../../system/private-file.ts";
import { noFollow } from "../../system/small-file.ts";
import type { ArchivePart } from "../../store/tables/archives.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** What an unfinished file's name begins with. */
const unfinished = ".new-";

/** A part of a file that is being written, and what it is to hold. */
interface Part {
  start: number;
  bytes: number;
  hash: number | bigint;
}

/**
 * One file of the archive: lines of JSON in gzip, as `zcat` reads them, in parts that are each a gzip member of its own. It has its
 * name only once it is whole, durable and read back; a crash before that leaves a file that the next roll-up removes.
 */
export class ArchiveFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #parts: Part[] = [];
  #bytes = 0;

  private constructor(folder: string, path: string, file: FileHandle) {
    this.#folder = folder;
    this.#path = path;
    this.#file = file;
  }

  /** Makes the folder, and removes what a crash has left. Throws what the system says, and `failed` for a link in the folder's place. */
  static async begin(folder: string): Promise<ArchiveFile> {
    makePrivateFolder(folder);
    if (!(await lstat(folder)).isDirectory())
      throw new CordError(
        "failed",
        `${folder} is no folder of cord's own, where the archive is kept. Move it away.`,
      );
    for (const name of await readdir(folder))
      if (name.startsWith(unfinished)) await rm(join(folder, name), { force: true });
    const path = join(folder, `${unfinished}${process.pid}`);
    makePrivate(path);
    return new ArchiveFile(folder, path, await open(path, constants.O_RDWR | noFollow));
  }

  /** Adds a part, and gives its index. */
  async add(text: string): Promise<number> {
    const packed = await zip(text);
    for (let done = 0; done < packed.length;) {
      const { bytesWritten } = await this.#file.write(packed, done, packed.length - done, this.#bytes + done);
      done += bytesWritten;
    }
    this.#parts.push({ start: this.#bytes, bytes: packed.length, hash: Bun.hash(text) });
    this.#bytes += packed.length;
    return this.#parts.length - 1;
  }

  /**
   * Makes it durable under the name of a day, and gives its parts in their order. Throws `io_error` if what can be read back is not
   * what was written.
   */
  async finish(day: string): Promise<ArchivePart[]> {
    await this.#file.sync();
    for (const { start, bytes, hash } of this.#parts) {
      const text = await unzip(await readAt(this.#file, start, bytes)).catch(() => "");
      if (Bun.hash(text) !== hash)
        throw new CordError(
          "io_error",
          `What was written into ${this.#folder} cannot be read back. Check its disk.`,
        );
    }
    await this.#file.close();
    const file = this.#freeName(day);
    await replaceFileLater(this.#path, join(this.#folder, file));
    await syncFolderLater(this.#folder);
    return this.#parts.map(({ start, bytes }) => ({ file, start, bytes }));
  }

  /** Leaves nothing of it. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.#path, { force: true }).catch(() => {});
  }

  #freeName(day: string): string {
    for (let number = 1; ; number += 1) {
      const name = `${day}${number === 1 ? "" : `.${number}`}.jsonl.gz`;
      if (!existsSync(join(this.#folder, name))) return name;
    }
  }
}

/** The lines of a part. Throws what the system says where it cannot be read, as where its file was moved away. */
export async function readPart(folder: string, { file, start, bytes }: ArchivePart): Promise<string[]> {
  const opened = await open(join(folder, file), constants.O_RDONLY | noFollow);
  try {
    const text = await unzip(await readAt(opened, start, bytes), {
      maxOutputLength: historyBounds.readBytes,
    });
    return text
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
  } finally {
    await opened.close();
  }
}

async function readAt(file: FileHandle, start: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
