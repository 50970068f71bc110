import { Argument, Command, Option } from "@commander-js/extra-typings";
import { examplePort, loopback } from "../core/address.ts";
import { CordError } from "../core/error.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { address } from "./serve/address.ts";

const actions = ["status", "stop", "restart", "logs", "install", "uninstall"] as const;

/** Which flags an action takes beside --url and --db. */
const flagsOf: Readonly<Record<(typeof actions)[number], ReadonlySet<string>>> = {
  status: new Set(["json"]),
  stop: new Set(["json"]),
  restart: new Set(["json", "vault", "addr"]),
  logs: new Set(["follow", "lines"]),
  install: new Set(["json", "vault", "print"]),
  uninstall: new Set(["json"]),
};

export const command = new Command("daemon")
  .description(
    "Show the daemon, end it, replace it by one of this version, or have launchd or systemd run it. Waits, leases, runs and tabs survive a restart.",
  )
  .addArgument(new Argument("[action]", "what to do").choices(actions).default("status" as const))
  // not from CORD_URL here: whether a person has said it here matters beside --db
  .addOption(new Option("--url <url>", "the daemon's address (env: CORD_URL)"))
  .addOption(new Option("--db <file>", "the daemon that has this database; for restart: or is to have it"))
  .addOption(
    new Option("--vault <folder>", "restart, install: draw notes into this folder (env: CORD_VAULT)"),
  )
  .addOption(new Option("--no-vault", "restart, install: draw no notes"))
  .addOption(new Option("--addr <host:port>", "restart: listen there from now on").argParser(address))
  .addOption(new Option("-f, --follow", "logs: go on with what is written"))
  .addOption(
    new Option("-n, --lines <number>", "logs: so many of the last lines (default: 50)").argParser(
      wholeNumber(0, 1_000_000),
    ),
  )
  .addOption(new Option("--print", "install: only show the file, and change nothing"))
  .addOption(jsonOption())
  .addHelpText(
    "after",
    `
cord daemon status exits with 1 when none runs, or it does not answer.

Examples:
  $ cord daemon
  $ cord daemon restart --vault ~/cord-vault
  $ cord daemon stop --url http://${loopback}:${examplePort}
  $ cord daemon logs -f
  $ cord daemon install --vault ~/cord-vault
  $ cord daemon uninstall`,
  )
  .action(async (action, { url, db, ...flags }) => {
    refuseOthers(action, flags);
    const json = flags.json === true;
    refuseEmpty({ db, vault: flags.vault });
    const which = { url, database: db };
    switch (action) {
      case "status":
        return (await import("./daemon/status.ts")).showStatus(which, json);
      case "stop":
        return (await import("./daemon/stop.ts")).stop(which, json);
      case "restart":
        return (await import("./daemon/restart.ts")).restart(
          which,
          { vault: flags.vault, addr: flags.addr },
          json,
        );
      case "logs":
        return (await import("./daemon/logs.ts")).showLog(flags.lines ?? defaultLines, flags.follow === true);
      case "install": {
        const { vault, print = false } = flags;
        return (await import("./daemon/service.ts")).install(which, { vault, print, json });
      }
      case "uninstall":
        return (await import("./daemon/service.ts")).uninstall(which, json);
      default:
        return action satisfies never;
    }
  });

const defaultLines = 50;

/** A variable that is not set, in most cases: the current folder would be meant by it. */
function refuseEmpty(paths: Readonly<Record<string, string | boolean | undefined>>): void {
  for (const [name, path] of Object.entries(paths))
    if (path === "") throw new CordError("usage", `--${name} is empty. It must name a path.`);
}

function refuseOthers(action: (typeof actions)[number], flags: Readonly<Record<string, unknown>>): void {
  const wrong = Object.keys(flags).find((name) => flags[name] !== undefined && !flagsOf[action].has(name));
  if (wrong === undefined) return;
  const flag = flags[wrong] === false ? `no-${wrong}` : wrong;
  throw new CordError("usage", `cord daemon ${action} takes no --${flag}. See cord daemon --help.`);
}
