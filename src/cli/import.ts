import { Argument, Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("import")
  .description("Import the tasks and agents of another board, once. What is here already stays as it is.")
  .addArgument(new Argument("<board>", "which board").choices(["coord"] as const))
  .argument("[file]", "its database (default: state.db in the user's data folder for coord, or COORD_DB)")
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord import coord
  $ cord import coord ./state.db

The file is only read; coord may run meanwhile. Tasks keep their ids, times,
states, claims, payloads and results, and belong to every project. Exits with 1
if anything could not be brought over, and says what.`,
  )
  .action(async (_board, file, { json, url }) => {
    const { bringOver, coordFile, reportOf } = await import("./import/coord.ts");
    const path = file ?? coordFile();
    const brought = await bringOver(await connect(url), path);
    process.exitCode = brought.ok ? 0 : 1;
    const { print, printJson } = await import("./output.ts");
    return json ? printJson(brought) : print(reportOf(brought));
  });
