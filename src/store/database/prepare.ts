import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { CordError } from "../../core/error.ts";
import { isOnNetworkDisk } from "../../system/network-disk.ts";
import { keepPrivate, makePrivateFolder, refuseOther } from "../../system/private-file.ts";

/**
 * Creates the database's folder and an empty file, readable by their owner only. Throws `failed` where WAL is not
 * safe, and for a link or anything else that is not a file.
 */
export function prepareFile(path: string): void {
  const folder = dirname(path);
  makePrivateFolder(folder);
  if (isOnNetworkDisk(folder)) {
    throw new CordError(
      "failed",
      `The database ${path} would lie on a network file system, where SQLite's WAL is not safe. Choose a local one with CORD_DB=FILE (or cord serve --db FILE).`,
    );
  }
  const file = existsSync(path) ? realpathSync(path) : path;
  for (const beside of ["-wal", "-shm", "-journal"]) refuseOther(`${file}${beside}`);
  keepPrivate(file);
}
