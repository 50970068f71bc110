import { Command } from "@commander-js/extra-typings";
import { limits } from "../core/limits.ts";
import { connect } from "../client/connect.ts";
import { outputLook, print, printJson } from "./output.ts";
import { runTable } from "./board/run-table.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption, countUpTo } from "./options.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("runs")
  .description("List the runs of this project, newest first, or show one.")
  .argument("[run]", "its id, or a unique beginning of it, of any project")
  .option("--limit <n>", "how many", countUpTo(1, limits.listed), 20)
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord runs
  $ cord runs 01a1fd89
  $ cord runs --all --json`,
  )
  .action(async (run, { limit, all, project, json, url }) => {
    const client = await connect(url);
    if (run !== undefined) {
      const snapshot = await client.call("runs/get", { run_id: run });
      if (json) return printJson(snapshot.run);
      const { runFacts } = await import("./run/run-facts.ts");
      const result = await client.call("runs/result", { run_id: snapshot.run.id });
      return print(runFacts(snapshot, result, wallClock()));
    }
    const runs = await client.call("runs/list", { limit, ...(all ? {} : { project: projectOf(project) }) });
    if (json) return printJson(runs);
    if (runs.length === 0)
      return print('No runs here yet. Start one with "cord run", or see all with --all.');
    return print(runTable(runs, wallClock(), outputLook()));
  });
