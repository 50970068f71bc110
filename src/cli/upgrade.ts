import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { Version } from "../client/releases/releases.ts";
import { jsonOption } from "./options.ts";

export const command = new Command("upgrade")
  .description(
    "Replace this cord by the newest release, or by the version you name, where install.sh or install.ps1 has installed it; else say what does.",
  )
  .addOption(new Option("--version <version>", "this version, also an older one").argParser(versionNamed))
  .option("--check", "only say whether there is a newer one")
  .addOption(jsonOption())
  .addHelpText(
    "after",
    `
What runs goes on: a daemon of the older version is handed over at the next
command, with its tasks, leases, waits and runs. CORD_RELEASES is another place
to load from.

Examples:
  $ cord upgrade
  $ cord upgrade --check --json
  $ cord upgrade --version 0.2.0`,
  )
  .action(async (flags) => (await import("./upgrade/upgrade.ts")).upgrade(flags));

function versionNamed(text: string): string {
  const read = Version.safeParse(text.replace(/^v/, ""));
  if (!read.success) throw new InvalidArgumentError("It must be a version such as 1.2.3.");
  return read.data;
}
