import { zipSync, type Zippable } from "fflate";
import { packTar } from "modern-tar";

/** A file of an archive. `path` has slashes, and begins with the archive's one folder. */
export interface Entry {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly isProgram: boolean;
}

/**
 * A ZIP file cannot say an earlier year. It has no zone either, so that this is noon of the zone where it is unpacked;
 * a tar file says noon in UTC.
 */
const year = 1980;

/**
 * The archive's bytes. They depend on nothing but the entries: sorted, of one owner and time, and gzip's header has neither
 * a time nor a system. libdeflate gives the same bytes on each processor, which zlib's faster forms do not promise.
 */
export async function archiveOf(entries: readonly Entry[], kind: "tar.gz" | "zip"): Promise<Uint8Array> {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return kind === "zip"
    ? zipOf(sorted)
    : Bun.gzipSync(await tarOf(sorted), { library: "libdeflate", level: 9 });
}

function tarOf(entries: readonly Entry[]): Promise<Uint8Array<ArrayBuffer>> {
  const mtime = new Date(Date.UTC(year, 0, 1, 12));
  return packTar(
    entries.map(({ path, bytes, isProgram }) => ({
      header: {
        name: path,
        type: "file" as const,
        size: bytes.length,
        mode: modeOf(isProgram),
        mtime,
        uid: 0,
        gid: 0,
        uname: "root",
        gname: "root",
      },
      body: bytes,
    })),
  );
}

function zipOf(entries: readonly Entry[]): Uint8Array {
  const mtime = new Date(year, 0, 1, 12);
  const files: Zippable = {};
  // os 3 is Unix, whose modes stand in the upper half
  for (const { path, bytes, isProgram } of entries)
    files[path] = [bytes, { mtime, level: 9, os: 3, attrs: (0o100000 | modeOf(isProgram)) << 16 }];
  return zipSync(files);
}

function modeOf(isProgram: boolean): number {
  return isProgram ? 0o755 : 0o644;
}
