import { Command } from "@commander-js/extra-typings";
import { jsonOption } from "./options.ts";
import { versionFacts, versionLine } from "./version-facts.ts";

export const command = new Command("version")
  .description("Print the version, and the protocols this cord speaks.")
  .addOption(jsonOption())
  .addHelpText("after", "\nExample:\n  $ cord version")
  .action(({ json }) => {
    process.stdout.write(`${json ? JSON.stringify(versionFacts()) : versionLine()}\n`);
  });
