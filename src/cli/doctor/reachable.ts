import { randomBytes } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  closeSync,
  statSync,
  statfsSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { createClient } from "../../client/client.ts";
import { healthOf, isStartable } from "../../client/daemon.ts";
import type { Health } from "../../client/health.ts";
import { daemonLog, databaseFile } from "../../client/paths.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { isOnNetwork } from "../../core/network-file-systems.ts";
import { version } from "../../core/version.ts";
import { findingsOf, shownUrl, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("reachable");

/** The daemon, and the files it works on. None is started. */
export async function reachable({ url, env }: Surroundings, token: string | null): Promise<Finding[]> {
  const found = await daemonAt(url, token);
  const isLocal = isStartable(url);
  return [
    daemonFinding(url, found),
    ...(found.health && token !== null ? [await tokenFinding(url, token)] : []),
    ...(isLocal ? databaseFindings(found.health?.database || resolve(databaseFile())) : []),
    ...(found.health ? otherDatabase(found.health, env) : []),
    ...(isLocal ? [logFinding()] : []),
  ];
}

interface Found {
  health: Health | null;
  /** why what answers is no daemon of this user's */
  problem: string | null;
}

const answerWithinMs = 1500;

/** Without a token nothing can be proved: one that fits no daemon shows as much. */
async function daemonAt(url: string, token: string | null): Promise<Found> {
  const asked = token ?? randomBytes(32).toString("hex");
  try {
    return { health: await healthOf(url, { token: asked, withinMs: answerWithinMs }), problem: null };
  } catch (error) {
    return { health: null, problem: messageOf(error) };
  }
}

function daemonFinding(url: string, { health, problem }: Found): Finding {
  const shown = shownUrl(url);
  if (problem !== null)
    return failed("daemon", problem, "Set CORD_URL to another port, such as http://127.0.0.1:7878.");
  if (health === null) {
    return isStartable(url)
      ? none(
          "daemon",
          `none runs at ${shown}`,
          "Any command that needs one starts it. To keep one running: cord serve",
        )
      : failed(
          "daemon",
          `none answers at ${shown}`,
          'Start one there with "cord serve", or unset CORD_URL to use one on this machine.',
        );
  }
  if (health.version !== version) {
    return failed(
      "daemon",
      `${shown} is cord ${health.version}, and this is ${version}`,
      "End that daemon (Ctrl-C where cord serve runs); the next command starts one of this version.",
    );
  }
  return ok("daemon", `${health.version} at ${shown}`);
}

/** A node's token opens less than a person's, but a refusal for that reason shows that it is known. */
async function tokenFinding(url: string, token: string): Promise<Finding> {
  try {
    await createClient({ url, token }).call("daemon/status", {}, AbortSignal.timeout(answerWithinMs));
    return ok("token", "the daemon takes it");
  } catch (error) {
    if (error instanceof CordError && error.code === "not_allowed")
      return ok("token", "the daemon takes it, as that of a run's node");
    return failed(
      "token",
      `the daemon does not take it: ${messageOf(error)}`,
      "The daemon was started with another data directory or by another user: end it, or set CORD_URL to one of yours.",
    );
  }
}

/** CORD_DB is read when a daemon starts; one that runs already keeps the database it has. */
function otherDatabase({ database }: Health, env: Surroundings["env"]): Finding[] {
  const wanted = env["CORD_DB"];
  if (!wanted || resolve(wanted) === database) return [];
  return [
    failed(
      "CORD_DB",
      `names ${resolve(wanted)}, but the daemon that runs has another database`,
      "Set CORD_URL to another port for a daemon of its own, or unset CORD_DB.",
    ),
  ];
}

function databaseFindings(path: string): Finding[] {
  if (path === ":memory:") return [none("database", "in the daemon's memory only")];
  const folder = nearestFolder(path);
  return [databaseFinding(path, folder), diskFinding(folder)];
}

function databaseFinding(path: string, folder: string): Finding {
  const elsewhere = "Name another place with CORD_DB.";
  if (isOnNetwork(realpathSync(folder), statfsSync(folder).type, mounts()))
    return failed(
      "database",
      `${path} is on a network file system, where SQLite's WAL is not safe`,
      elsewhere,
    );
  if (!isWritable(existsSync(path) ? path : folder))
    return failed(
      "database",
      `${path} cannot be written`,
      `Mend the rights of ${folder}, or name another place with CORD_DB.`,
    );
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return none("database", `${path} is not there yet; the daemon makes it`);
  if (!stats.isFile()) return failed("database", `${path} is no file`, elsewhere);
  if ((stats.mode & 0o077) !== 0)
    return failed("database", `${path} can be read by other users`, `chmod 600 ${path}`);
  return contentFinding(path, stats.size);
}

function mounts(): string | null {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return null;
  }
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
  return free < leastFreeBytes
    ? failed(
        "disk",
        `${bytes(free)} free under ${folder}`,
        "Free some space: the daemon refuses what it cannot keep.",
      )
    : ok("disk", `${bytes(free)} free`);
}

const leastFreeBytes = 100 * 1024 * 1024;

function logFinding(): Finding {
  const path = daemonLog();
  return existsSync(path) ? ok("log", path) : none("log", `${path}, once a command has started a daemon`);
}

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

function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(count, 1)) / 10), units.length - 1);
  const amount = count / 1024 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[power] ?? "B"}`;
}
