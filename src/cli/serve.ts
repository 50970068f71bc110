import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { databaseFile } from "../client/paths.ts";
import { claimedAt } from "../client/daemon.ts";
import { daemonToken } from "../client/token.ts";
import { CordError } from "../core/error.ts";
import { isLoopback, urlOf } from "../core/address.ts";
import { AddressTaken, startDaemon, type Daemon, type DaemonOptions } from "../server/daemon.ts";
import { startWatchdog } from "../server/watchdog.ts";
import { seconds } from "./options.ts";

export const command = new Command("serve")
  .description(
    "Run the daemon in the foreground. Commands that need one start it by themselves; this one stays.",
  )
  .addOption(
    new Option("--addr <host:port>", "where to listen")
      .env("CORD_ADDR")
      .default({ hostname: "127.0.0.1", port: 7777 }, "127.0.0.1:7777")
      .argParser(address),
  )
  .addOption(new Option("--db <file>", "the database (default: in the user's data directory, env: CORD_DB)"))
  .addOption(new Option("--vault <folder>", "draw notes for Obsidian into this folder").env("CORD_VAULT"))
  .option("--open", "ask for no token (loopback only)")
  .option("--expose", "listen beyond loopback; a token is asked for")
  .option("--idle-exit <duration>", "go when nobody has needed it for this long, such as 15m", seconds)
  .addOption(new Option("--on-demand", "a command has started it").hideHelp())
  .addHelpText(
    "after",
    "\nExamples:\n  $ cord serve\n  $ cord serve --addr 127.0.0.1:7878 --db ./cord.db\n  $ cord serve --vault ~/cord-vault",
  )
  .action(async ({ addr, db, vault, open, expose, idleExit, onDemand }) => {
    const token = daemonToken();
    const database = fileOf(db ?? databaseFile());
    await refuseSecond(addr);
    const daemon = await start(addr, {
      ...addr,
      database,
      token,
      open: open ?? false,
      exposed: expose ?? false,
      idleExitSeconds: idleExit ?? null,
      vault: vault ? resolve(vault) : null,
      started: onDemand ? "demand" : "hand",
    });
    process.stderr.write(`cord serve: listening on ${daemon.url}, database ${database}\n`);
    const stopWatchdog = startWatchdog();
    await Promise.race([daemon.idle, daemon.told, stopSignal()]);
    await daemon.stop();
    stopWatchdog();
  });

/** Absolute, since a daemon tells it to others. */
function fileOf(database: string): string {
  return database === ":memory:" ? database : resolve(database);
}

/**
 * Throws `conflict` when a daemon answers on the port already, at this address or at another of the machine that the same
 * name stands for: a client of `localhost` would come to either.
 */
async function refuseSecond({ hostname, port }: Address): Promise<void> {
  if (port === 0) return;
  for (const host of sameNamed(hostname)) {
    const url = urlOf(host, port);
    const health = await claimedAt(url, twinWithinMs);
    if (health !== null)
      throw new CordError(
        "conflict",
        `A cord daemon${health.pid === null ? "" : ` (pid ${health.pid})`} with the database ${health.database} listens at ${url} already. The commands use it as it is. For another beside it, choose another port with --addr HOST:PORT, and the same for the commands with --url.`,
      );
  }
}

const twinWithinMs = 1000;

function sameNamed(hostname: string): string[] {
  if (!isLoopback(hostname) && hostname !== "0.0.0.0" && hostname !== "::") return [hostname];
  const own = hostname.startsWith("127.") ? [hostname] : [];
  return [...new Set([...own, "127.0.0.1", "::1"])];
}

/** Of two that start at once the later finds the port taken only now, and is told by whom. */
async function start(address: Address, options: DaemonOptions): Promise<Daemon> {
  try {
    return startDaemon(options);
  } catch (error) {
    if (error instanceof AddressTaken) await refuseSecond(address);
    throw error;
  }
}

/** Resolves at Ctrl-C or when the system asks the daemon to go. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

interface Address {
  hostname: string;
  port: number;
}

/** `host:port`, `[::1]:port`, or a port alone. */
function address(text: string): Address {
  const match = /^(?:(\[[^\]]+\]|[^:]*):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (!match || port > 65_535) throw new InvalidArgumentError("It must look like 127.0.0.1:7777.");
  return { hostname: (match[1] || "127.0.0.1").replace(/^\[|\]$/g, ""), port };
}
