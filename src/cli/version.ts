import { Command } from "@commander-js/extra-typings";
import { print, printJson } from "./output.ts";
import { jsonOption } from "./options.ts";
import { versionFacts, versionLine } from "./version-facts.ts";

export const command = new Command("version")
  .description("Print the version, and the protocols this cord speaks.")
  .addOption(jsonOption())
  .addHelpText("after", "\nExample:\n  $ cord version")
  .action(({ json }) => (json ? printJson(versionFacts()) : print(versionLine())));
