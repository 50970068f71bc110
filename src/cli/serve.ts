import { Command, Option } from "@commander-js/extra-typings";
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { tell } from "./output.ts";
import { defaultPort, examplePort, loopback } from "../core/address.ts";
import { environment } from "../system/environment.ts";
import { daemonLog, databaseFile, runsFolder, tokenFile } from "../client/paths.ts";
import { stopAt } from "../client/daemon/fixes.ts";
import { hopelessExit, laterExit } from "../client/daemon/spawn.ts";
import { replaceable } from "../client/daemon/successor.ts";
import { daemonToken } from "../client/token.ts";
import { CordError, messageOf } from "../core/error.ts";
import { prefixesIn, pushPrefixes } from "../core/push-target.ts";
import { shellWord } from "../core/shell-word.ts";
import { plain } from "../core/text.ts";
import { complain } from "../server/complaints.ts";
import type { DaemonOptions } from "../server/daemon.ts";
import { DatabaseTaken } from "../server/taken.ts";
import { keepLogSmall } from "../system/rotated-log.ts";
import { startWatchdog } from "../server/threads/watchdog.ts";
import { address } from "./serve/address.ts";
import { archiveSettings } from "./serve/archive.ts";
import { startInPlace } from "./serve/hand-over.ts";
import { seconds } from "./options.ts";

export const command = new Command("serve")
  .description(
    "Run the daemon in the foreground. Commands that need a daemon start one by themselves; that one hands over to this one, which stays.",
  )
  .addOption(
    new Option("--addr <host:port>", "where to listen")
      .env("CORD_ADDR")
      .default({ hostname: loopback, port: defaultPort }, `${loopback}:${defaultPort}`)
      .argParser(address),
  )
  .addOption(new Option("--db <file>", "the database (default: in the user's data directory, env: CORD_DB)"))
  .addOption(new Option("--vault <folder>", "draw notes for Obsidian into this folder").env("CORD_VAULT"))
  .addOption(
    new Option(
      "--push-to <url-prefix>",
      "deliver A2A push notifications to URLs under this; may be given again",
    )
      .env("CORD_PUSH_TO")
      .argParser(prefixes),
  )
  .option("--open", "ask for no token (loopback only)")
  .option("--expose", "listen beyond loopback; calls need a token")
  .option("--idle-exit <duration>", "end when nobody has needed it for this long, such as 15m", seconds)
  .addOption(new Option("--on-demand", "a command has started it").hideHelp())
  .addOption(
    new Option("--replace [whom]", "take the place of whoever is there")
      .choices(replaceable)
      .preset("any")
      .hideHelp(),
  )
  .addHelpText(
    "after",
    `\nExamples:\n  $ cord serve\n  $ cord serve --addr ${loopback}:${examplePort} --db ./cord.db\n  $ cord serve --vault ~/cord-vault\n  $ cord serve --push-to https://hooks.example.com/cord/`,
  )
  .action(async ({ addr, db, vault, pushTo, open, expose, idleExit, onDemand, replace }) => {
    if (db !== undefined && !onDemand) refuseFolder(db, "--db ");
    if (!db && environment.CORD_DB) refuseFolder(environment.CORD_DB, "CORD_DB=");
    const database = fileOf(db || databaseFile());
    const history = await archiveSettings(database);
    const options: DaemonOptions = {
      ...addr,
      database,
      ...(history === undefined ? {} : { history }),
      token: daemonToken(),
      tokenFile: tokenFile(),
      outputs: runsFolder(),
      open: open ?? false,
      exposed: expose ?? false,
      idleExitSeconds: idleExit ?? null,
      vault: vault ? resolve(vault) : null,
      pushTo: pushPrefixes(pushTo ?? []).map(({ text }) => text),
      started: onDemand ? "demand" : "hand",
    };
    const daemon = await startInPlace(options, replace ?? null).catch((error: unknown) => {
      const exit = onDemand ? exitOf(error) : null;
      return exit === null ? Promise.reject(error) : endWith(exit, error);
    });
    if (daemon === null) return;
    const stopRotating = keepLogSmall(daemonLog(), complain);
    const stopWatchdog = await startWatchdog();
    tell(`cord serve: listening on ${daemon.url}, database ${options.database}`);
    const successor = await Promise.race([daemon.idle, daemon.told, stopSignal()]);
    await daemon.stop();
    if (successor && !onDemand)
      tell(
        `cord serve: cord ${plain(successor)} takes its place, and goes on in the background. To end that: ${stopAt(daemon.url)}`,
      );
    stopWatchdog();
    stopRotating();
  });

/** Several stand in CORD_PUSH_TO, with blanks between them. */
function prefixes(text: string, before: readonly string[] = []): string[] {
  return [...before, ...prefixesIn(text)];
}

/** By which the command that started this daemon is told whether to start another. Null: it is for a person to see to. */
function exitOf(error: unknown): number | null {
  if (error instanceof DatabaseTaken && error.holder === null) return laterExit; // it is coming up, or going
  const isHopeless = error instanceof CordError && (error.code === "damaged" || error.data["stays"] === true);
  return isHopeless ? hopelessExit : null;
}

function endWith(exit: number, error: unknown): null {
  tell(`cord serve: ${messageOf(error)}`);
  process.exitCode = exit;
  return null;
}

/** Absolute, since a daemon tells it to others. */
function fileOf(database: string): string {
  return database === ":memory:" ? database : resolve(database);
}

/** What stands in the way of a file of cord's own may be moved away; a folder that a person names is theirs. */
function refuseFolder(database: string, named: "--db " | "CORD_DB="): void {
  const isFolder = statSync(database, { throwIfNoEntry: false })?.isDirectory() ?? /[/\\]$/.test(database);
  if (!isFolder) return;
  const file = shellWord(join(database, "cord.db"));
  throw new CordError(
    "usage",
    `${database} is a folder, and ${named.slice(0, -1)} names a file. Name one in it: ${named}${file}`,
  );
}

/** Resolves at Ctrl-C or when the system asks the daemon to go. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}
