import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption, taskNamed } from "./board/flags.ts";
import { printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("release")
  .description("Give a task you hold back to the board.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord release 019aa4f1-77c2 --as alice")
  .action(async (id, { as, json, url }) => {
    const client = await connect(url);
    const task = await client.call("tasks/release", { ...taskNamed(id), agentId: as });
    return printDone(task, json, async () => (await import("./board/views.ts")).taskLine(task));
  });
