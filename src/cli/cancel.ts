import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { taskNamed } from "./board/flags.ts";
import { printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("cancel")
  .description("Cancel a task that has not ended, and what needs it.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .option("--reason <text>", "why")
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExample:\n  $ cord cancel 019aa4f1-77c2 --reason "not needed any more"')
  .action(async (id, { reason, json, url }) => {
    const client = await connect(url);
    const done = await client.call("tasks/cancel", { ...taskNamed(id), reason });
    return printDone(done, json, () => "cancelled");
  });
