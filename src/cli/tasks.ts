import { Command, Option } from "@commander-js/extra-typings";
import { connect } from "../client/daemon.ts";
import { recipient, stateOption, toOption, words } from "./board/flags.ts";
import { outputWidth, print, printJson } from "./board/output.ts";
import { allOption, jsonOption, projectOf, urlOption, wholeNumber } from "./options.ts";

export const command = new Command("tasks")
  .description("List the tasks of this project, the newest first.")
  .addOption(new Option("--limit <number>", "at most this many").default(50).argParser(wholeNumber(1, 1000)))
  .addOption(new Option("--kind <kinds>", "only these kinds, such as bug,task").argParser(words))
  .addOption(stateOption())
  .addOption(new Option("--priority <priorities>", "only these, such as high,urgent").argParser(words))
  .addOption(toOption())
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExamples:\n  $ cord tasks --state pending\n  $ cord tasks --to me --state pending")
  .action(async ({ limit, kind, state, priority, to, all, json, url }) => {
    const client = await connect(url);
    const tasks = await client.call("tasks/list", {
      limit,
      kind,
      state,
      priority,
      to: recipient(to),
      project: all ? undefined : projectOf(),
    });
    if (json) return printJson(tasks);
    const { taskTable } = await import("./board/views.ts");
    return print(taskTable(tasks, Date.now(), outputWidth()));
  });
