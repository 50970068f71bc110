import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
  statfsSync,
} from "node:fs";
import { dirname } from "node:path";
import { CordError } from "../core/error.ts";
import { isOnNetwork } from "../core/network-file-systems.ts";

/** Makes the database's folder and an empty file, for their owner only. Throws `failed` where WAL is not safe, or for a link in a file's place. */
export function prepareFile(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const real = realpathSync(folder);
  if (isOnNetwork(real, statfsSync(real).type, mounts())) {
    throw new CordError(
      "failed",
      `The database ${path} would lie on a network file system, where SQLite's WAL is not safe. Choose a local one with --db FILE.`,
    );
  }
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) makePrivate(path);
  const file = realpathSync(path);
  for (const beside of ["-wal", "-shm", "-journal"]) refuseLink(`${file}${beside}`);
  closeToOthers(file);
}

/** An empty file that only its owner can read. Throws when the name is taken, also by a link. */
export function makePrivate(path: string): void {
  const file = openSync(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  fsyncSync(file);
  closeSync(file);
}

/** Throws `failed` for a link: what cord writes beside its database follows none. */
export function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new CordError("failed", `${path} is a link, and cord follows none there. Remove it: rm ${path}`);
}

/** Takes from others what rights they have on a file that cord owns. One that is another user's stays as it is. */
function closeToOthers(path: string): void {
  const { mode, uid } = statSync(path);
  if ((mode & 0o077) !== 0 && (process.getuid === undefined || uid === process.getuid()))
    chmodSync(path, 0o600);
}

function mounts(): string | null {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return null;
  }
}
