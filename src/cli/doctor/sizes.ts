import { closeSync, existsSync, readSync, statfsSync, statSync } from "node:fs";
import { outputSize, runsWithOutput } from "../../client/run-outputs.ts";
import { databaseFile, daemonLog, dataFolder, historyFolder, runsFolder } from "../../client/paths.ts";
import { createClient } from "../../client/client.ts";
import type { Health } from "../../client/daemon/health.ts";
import { bytes } from "../../core/bytes.ts";
import { messageOf } from "../../core/error.ts";
import type { HistorySettings } from "../../core/history.ts";
import { limits } from "../../core/limits.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { counted } from "../../core/wording.ts";
import { folderSize, type FolderSize } from "../../system/folder-size.ts";
import { historySettings } from "../../system/history-settings.ts";
import { rotatedLogs } from "../../system/rotated-log.ts";
import { openOwn } from "../../system/small-file.ts";
import { findingsOf, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("kept");

/** From here on a person is told what would make room. */
const large = 1024 ** 3;

/** What each folder is looked through for at most. Above that it is "more than". */
const lookMs = { outputs: 1500, vault: 500, history: 300 } as const;

/**
 * How large all is that cord keeps for this user, and what makes it smaller. Nothing is read but names and sizes, and the head of the
 * database. `health`: of the daemon, where one answers; `token`: null where none would be taken.
 */
export async function sizeFindings(
  { url }: Pick<Surroundings, "url">,
  health: Health | null,
  token: string | null,
): Promise<Finding[]> {
  const database = health?.database || databaseFile();
  const settings = settingsOrFinding();
  const own = health === null || token === null ? null : await runsOf(url, token);
  return [
    ...databaseSize(database),
    ...folderOf("history", historyFolder(database), lookMs.history),
    ...("status" in settings ? [settings] : []),
    ...outputFindings("status" in settings ? null : settings, own),
    ...logSizes(),
    ...(health?.vault ? folderOf("vault", health.vault, lookMs.vault) : []),
    ...room(),
  ];
}

function settingsOrFinding(): HistorySettings | Finding {
  try {
    return historySettings();
  } catch (error) {
    return failed("settings", messageOf(error), "Until it is mended, nothing is archived or tidied.");
  }
}

function databaseSize(path: string): Finding[] {
  const size = sizeOf(path);
  if (path === ":memory:" || size === null) return [];
  const log = sizeOf(`${path}-wal`) ?? 0;
  const free = freeBytes(path);
  const detail = `${bytes(size)}, of that ${bytes(free)} free for what comes, and ${bytes(log)} in its log`;
  const finding =
    size - free > large
      ? none(
          "database",
          detail,
          "cord runs rm --older-than 30d, or a shorter keep in [history]; see cord config",
        )
      : ok("database", detail);
  return [{ ...finding, bytes: { database: size, free, log } }];
}

/**
 * What the database does not use of its file, as its head had it at the last checkpoint: the size of a page stands at byte 16, how many are
 * free at byte 36. Source: sqlite.org/fileformat.html 1.3.
 */
function freeBytes(path: string): number {
  const head = Buffer.alloc(40);
  try {
    const file = openOwn(path);
    try {
      if (readSync(file, head, 0, head.length, 0) < head.length) return 0;
    } finally {
      closeSync(file);
    }
  } catch {
    return 0;
  }
  const page = head.readUInt16BE(16);
  return (page === 1 ? 65_536 : page) * head.readUInt32BE(36);
}

function folderOf(name: string, folder: string, withinMs: number): Finding[] {
  if (!existsSync(folder)) return [];
  const size = folderSize(folder, within(withinMs));
  return [
    {
      ...ok(name, `${sized(size)} in ${counted(size.files, "file")}, ${folder}`),
      bytes: { [name]: size.bytes },
    },
  ];
}

function outputFindings(settings: HistorySettings | null, own: ReadonlySet<string> | null): Finding[] {
  const goesOn = within(lookMs.outputs);
  const all: FolderSize = { bytes: 0, files: 0, isWhole: true };
  const sizes: { id: string; bytes: number }[] = [];
  for (const id of runsWithOutput()) {
    const size = outputSize(id, goesOn);
    if (size === null) continue;
    all.bytes += size.bytes;
    all.isWhole &&= size.isWhole;
    sizes.push({ id, bytes: size.bytes });
  }
  if (sizes.length === 0) return [ok("outputs", "no run has left any")];
  const largest = sizes.toSorted((one, other) => other.bytes - one.bytes).slice(0, shownRuns);
  const shown = largest.map((one) => `${shortRun(one.id)} ${bytes(one.bytes)}`).join(", ");
  const limit = settings === null ? "" : `; of runs that are over at most ${settings.outputs.text}`;
  const detail = `${sized(all)} of ${counted(sizes.length, "run")}${limit}; the largest: ${shown}`;
  const finding =
    all.bytes > large ? none("outputs", detail, "cord runs rm --older-than 30d") : ok("outputs", detail);
  const strange = own === null ? [] : sizes.filter(({ id }) => !own.has(id));
  return [
    { ...finding, bytes: { outputs: all.bytes, runs: sizes.length } },
    ...(strange.length === 0 ? [] : [strangers(strange)]),
  ];
}

const shownRuns = 3;

/** Left by a removal that was cut off, or of a database that another CORD_DB names: cord removes none of it by itself. */
function strangers(sizes: readonly { id: string; bytes: number }[]): Finding {
  const all = sizes.reduce((sum, size) => sum + size.bytes, 0);
  const [first] = sizes;
  return {
    ...none(
      "other outputs",
      `${bytes(all)} of ${counted(sizes.length, "run")} that this database does not have, under ${runsFolder()}`,
      `Where no other database has them: cord runs rm ${first?.id ?? "ID"}`,
    ),
    bytes: { other_outputs: all },
  };
}

/** The ids of the runs of the daemon's database; null where it does not say, or has more than it lists. */
async function runsOf(url: string, token: string): Promise<ReadonlySet<string> | null> {
  try {
    const signal = AbortSignal.timeout(answerWithinMs);
    const runs = await createClient({ url, token }).call("runs/list", { limit: limits.listed }, signal);
    return runs.length < limits.listed ? new Set(runs.map(({ id }) => id)) : null;
  } catch {
    return null;
  }
}

const answerWithinMs = 1500;

function logSizes(): Finding[] {
  const file = daemonLog();
  const sizes = [file, ...rotatedLogs(file)].flatMap((path) => sizeOf(path) ?? []);
  if (sizes.length === 0) return [];
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return [{ ...ok("logs", `${bytes(all)} in ${counted(sizes.length, "file")}`), bytes: { logs: all } }];
}

function room(): Finding[] {
  const folder = dataFolder();
  if (!existsSync(folder)) return [];
  const { bavail, bsize } = statfsSync(folder);
  return [
    {
      ...ok("room", `${bytes(bavail * bsize)} free on the disk of ${folder}`),
      bytes: { room: bavail * bsize },
    },
  ];
}

function sized({ bytes: size, isWhole }: FolderSize): string {
  return isWhole ? bytes(size) : `more than ${bytes(size)}`;
}

function sizeOf(path: string): number | null {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? null;
  } catch {
    return null;
  }
}

function within(ms: number): () => boolean {
  const until = performance.now() + ms;
  return () => performance.now() < until;
}
