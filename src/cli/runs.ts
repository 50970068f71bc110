import { Command } from "@commander-js/extra-typings";
import { limits } from "../core/limits.ts";
import { connect } from "../client/connect.ts";
import { outputLook, print, printJson } from "./output.ts";
import { runTable } from "./board/run-table.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption, countUpTo } from "./options.ts";
import { wallClock } from "./wall-clock.ts";

export const command = new Command("runs")
  .description("List the runs of this project, newest first.")
  .option("--limit <n>", "how many", countUpTo(1, limits.listed), 20)
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExamples:\n  $ cord runs\n  $ cord runs --all --json")
  .action(async ({ limit, all, project, json, url }) => {
    const client = await connect(url);
    const runs = await client.call("runs/list", { limit, ...(all ? {} : { project: projectOf(project) }) });
    if (json) return printJson(runs);
    if (runs.length === 0)
      return print('No runs here yet. Start one with "cord run", or see all with --all.');
    return print(runTable(runs, wallClock(), outputLook()));
  });
