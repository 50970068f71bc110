import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption, taskNamed } from "./board/flags.ts";
import { printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("fail")
  .description("End a claimed task as failed. What needs it is cancelled.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .option("--reason <text>", "why")
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExample:\n  $ cord fail 019aa4f1-77c2 --as alice --reason "the API is gone"')
  .action(async (id, { reason, as, json, url }) => {
    const client = await connect(url);
    const task = await client.call("tasks/fail", { ...taskNamed(id), reason, agentId: as });
    return printDone(task, json, async () => (await import("./board/views.ts")).taskLine(task));
  });
