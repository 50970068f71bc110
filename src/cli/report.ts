import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, projectOf, projectOption, urlOption } from "./options.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("report")
  .description("Print the report of a run again (default: of the newest here), or make a page of it.")
  .argument("[run]", "its id, or a unique beginning of it")
  .option("--html [file]", "write one HTML page of all that happened (- is stdout)")
  .option("--open", "open the page in the browser")
  .addOption(jsonOption().conflicts(["html", "open"]))
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
The report is rendered on a terminal, and Markdown as it is elsewhere. The page
can also be made of a run that is not over. It loads nothing and needs nothing
else, so it can be kept or sent; it holds the prompts, and what agents did.

Examples:
  $ cord report
  $ cord report 01a1fd89-829a > report.md
  $ cord report --open
  $ cord report 01a1fd89-829a --html run.html`,
  )
  .action(async (run, { html, open, json, project, url }) => {
    const client = await connect(url);
    const which = run === undefined ? { project: projectOf(project) } : { run_id: run };
    if (html === undefined && open === undefined) {
      const { printReport } = await import("./run/report.ts");
      return printReport(client, await client.call("runs/get", which), json);
    }
    const { pageFile, pageName, writePage } = await import("./run/html-report.ts");
    const named = typeof html === "string" ? pageFile(html) : null;
    const snapshot = await client.call("runs/get", which);
    const file = named ?? (html === true ? pageName(snapshot) : null);
    return writePage(client, snapshot, { file, open: open === true, now: wallClock() });
  });
