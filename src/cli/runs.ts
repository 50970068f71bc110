import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/daemon.ts";
import { duration, usd } from "../tui/time.ts";
import { outputLook, print, printJson } from "./board/output.ts";
import { table, type Column } from "./board/table.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption, countUpTo } from "./options.ts";

export const command = new Command("runs")
  .description("List the runs of this project, newest first.")
  .option("--limit <n>", "how many", countUpTo(1, 1000), 20)
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
    const now = Date.now();
    const columns: Column<(typeof runs)[number]>[] = [
      { title: "ID", rank: 1, cell: (run) => run.id.slice(0, 13) },
      { title: "AGE", rank: 4, cell: (run) => duration(now - Date.parse(run.created_at)) },
      { title: "STATE", rank: 2, cell: (run) => run.status },
      { title: "NODES", rank: 6, cell: (run) => String(run.nodes) },
      { title: "COST", rank: 5, cell: (run) => usd(run.usd) },
      { title: "GOAL", rank: 3, cell: (run) => run.goal, least: 10 },
    ];
    return print(table(columns, runs, outputLook()));
  });
