import { Command } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { connect } from "../client/connect.ts";
import { limits } from "../core/limits.ts";
import { print, printJson } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("backup")
  .description(
    "Copy the daemon's database, whole and consistent, into a file while the daemon runs. To restore it, end the daemon and put the file in place of the database.",
  )
  .argument("<file>", "where the copy is to lie, on the daemon's machine")
  .option("--force", "replace the file if it is there")
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord backup ~/cord-backup.db --force")
  .action(async (file, { force, json, url }) => {
    const client = await connect(url);
    const saved = await client.call("daemon/backup", {
      file: resolve(file),
      replace: force ?? false,
      // a large database on a slow disk
      wait_ms: limits.longWaitMs,
    });
    if (json) return printJson(saved);
    return print(`saved ${saved.database} in ${saved.file} (${saved.bytes} bytes)`);
  });
