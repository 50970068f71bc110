import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { databaseFile } from "../client/paths.ts";
import { daemonToken } from "../client/token.ts";
import { startDaemon } from "../server/daemon.ts";
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
  .addHelpText(
    "after",
    "\nExamples:\n  $ cord serve\n  $ cord serve --addr 127.0.0.1:7878 --db ./cord.db\n  $ cord serve --vault ~/cord-vault",
  )
  .action(async ({ addr, db, vault, open, expose, idleExit }) => {
    const daemon = startDaemon({
      ...addr,
      database: db ?? databaseFile(),
      token: daemonToken(),
      open: open ?? false,
      exposed: expose ?? false,
      idleExitSeconds: idleExit ?? null,
      vault: vault ? resolve(vault) : null,
    });
    process.stderr.write(`cord serve: listening on ${daemon.url}, database ${db ?? databaseFile()}\n`);
    const stopWatchdog = startWatchdog();
    await Promise.race([daemon.idle, stopSignal()]);
    await daemon.stop();
    stopWatchdog();
  });

/** Resolves at Ctrl-C or when the system asks the daemon to go. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

/** `host:port`, `[::1]:port`, or a port alone. */
function address(text: string): { hostname: string; port: number } {
  const match = /^(?:(\[[^\]]+\]|[^:]*):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (!match || port > 65_535) throw new InvalidArgumentError("It must look like 127.0.0.1:7777.");
  return { hostname: (match[1] || "127.0.0.1").replace(/^\[|\]$/g, ""), port };
}
