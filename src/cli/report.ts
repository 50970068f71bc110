import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, projectOf, projectOption, urlOption } from "./options.ts";

export const command = new Command("report")
  .description("Print the report of a run again (default: of the newest here).")
  .argument("[run]", "its id, or a unique beginning of it")
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
It is rendered on a terminal, and Markdown as it is elsewhere.

Examples:
  $ cord report
  $ cord report 01a1fd89-829a > report.md`,
  )
  .action(async (run, { json, project, url }) => {
    const client = await connect(url);
    const { printReport } = await import("./run/report.ts");
    const which = run === undefined ? { project: projectOf(project) } : { run_id: run };
    return printReport(client, await client.call("runs/get", which), json);
  });
