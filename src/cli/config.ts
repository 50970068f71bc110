import { Command } from "@commander-js/extra-typings";
import { currentFolder, jsonOption } from "./options.ts";

export const command = new Command("config")
  .description("Show what holds for runs here where no flag says otherwise, and who says so.")
  .option("--trust", "agree to what this project's settings raise or run, as they are now")
  .addOption(jsonOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord config
  $ cord config --trust

A flag wins over .cord/config.toml of the project, that over cord/config.toml of
your own configuration, that over the default. Each flag of "cord run" is a key:
  [run]
  jobs = 2
  total-budget = 5
  check = "bun test"
  [run.models]
  root = "opus"
  synthesis = "opus"

How long the board's history is kept before it is archived stands in your own
configuration only, and holds from the next start of the daemon on:
  [history]
  keep = "90d"         # or "forever"`,
  )
  .action(async ({ trust, json }) => {
    const { showSettings } = await import("./settings/show.ts");
    return showSettings(currentFolder(), { trust: trust === true, json: json === true });
  });
