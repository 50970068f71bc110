import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Health } from "../../client/daemon/health.ts";
import { databaseFile } from "../../client/paths.ts";
import { bytes } from "../../core/bytes.ts";
import { messageOf } from "../../core/error.ts";
import { isOnNetworkDisk } from "../../system/network-disk.ts";
import { isOpenToOthers } from "../../system/rights.ts";
import { findingsOf, type Finding } from "./finding.ts";

const { ok, none, failed } = findingsOf("reachable");

/** The file that the daemon has, or would have, and its disk. */
export async function databaseFindings(health: Health | null): Promise<Finding[]> {
  const path = health?.database || databaseFile();
  if (path === ":memory:") return [none("database", "in the daemon's memory only")];
  const folder = nearestFolder(path);
  const problem = health?.problem ?? null;
  const { finding, isSound } =
    problem === null ? fileFinding(path, folder) : { finding: lost(problem), isSound: false };
  const within = isSound ? await withinFindings(path, health !== null) : [];
  const isForeign = within.some(({ name }) => name === finding.name);
  return [...(isForeign ? [] : [finding]), ...within, diskFinding(folder)];
}

function lost(problem: string): Finding {
  return failed("database", problem, "cord daemon restart");
}

interface Looked {
  finding: Finding;
  /** there is a database to look into */
  isSound: boolean;
}

function fileFinding(path: string, folder: string): Looked {
  try {
    const finding = databaseFinding(path, folder);
    return { finding, isSound: finding.status === "ok" };
  } catch (error) {
    const why = `${path} cannot be looked at: ${messageOf(error)}`;
    return {
      finding: failed("database", why, "Set HOME, or XDG_DATA_HOME, to a folder that you can write."),
      isSound: false,
    };
  }
}

/** A look through the file itself, beside the daemon's back or without one. */
async function withinFindings(path: string, isInUse: boolean): Promise<Finding[]> {
  const { checkDatabase } = await import("../../server/threads/check-database.ts");
  const { damages, unchecked, foreign, newer } = checkDatabase(path, isInUse, checkWithinMs);
  if (newer !== null) return [failed("database", newer.what, newer.fix)];
  if (foreign !== null) return [failed("database", foreign, "Move it away, or name another with CORD_DB.")];
  const fix = `End the daemon and put a backup in its place, or save what can be read: sqlite3 ${path} .recover`;
  return [
    ...damages.map((damage) => failed("damage", damage, fix)),
    ...(unchecked === null ? [] : [none("damage", unchecked)]),
    ...(damages.length === 0 && unchecked === null ? [ok("damage", "none was found")] : []),
  ];
}

const checkWithinMs = 3000;

function databaseFinding(path: string, folder: string): Finding {
  const elsewhere = "Name another place with CORD_DB.";
  if (isOnNetworkDisk(folder))
    return failed(
      "database",
      `${path} is on a network file system, where SQLite's WAL is not safe`,
      elsewhere,
    );
  if (!isWritable(existsSync(path) ? path : folder))
    return failed(
      "database",
      `${path} cannot be written`,
      `Fix the rights of ${folder}, or name another place with CORD_DB.`,
    );
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return none("database", `${path} is not there yet; the daemon makes it`);
  if (!stats.isFile()) return failed("database", `${path} is no file`, elsewhere);
  if (isOpenToOthers(stats))
    return failed("database", `${path} can be read by other users`, `chmod 600 ${path}`);
  return contentFinding(path, stats.size);
}

/** The header of an SQLite file says whether it is in WAL mode (bytes 18 and 19 are 2). Source: sqlite.org/fileformat.html 1.3. */
function contentFinding(path: string, size: number): Finding {
  const header = Buffer.alloc(20);
  const file = openSync(path, "r");
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  if (size > 0 && header.toString("latin1", 0, 16) !== "SQLite format 3\0")
    return failed("database", `${path} is no SQLite database`, "Move it away, or name another with CORD_DB.");
  const mode = header[18] === 2 && header[19] === 2 ? "WAL" : "not in WAL mode yet";
  return ok("database", `${path} (${mode}, ${bytes(size)})`);
}

function diskFinding(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  return free < minFreeBytes
    ? failed(
        "disk",
        `${bytes(free)} free under ${folder}`,
        "Free some space: the daemon refuses what it cannot keep.",
      )
    : ok("disk", `${bytes(free)} free`);
}

const minFreeBytes = 100 * 1024 * 1024;

/** The folder of a path that may not be there yet. */
function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
