import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { outputLook, printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("reclaim")
  .description(
    "Return tasks whose lease has ended to pending, now. The daemon does it by itself within a second.",
  )
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord reclaim")
  .action(async ({ json, url }) => {
    const client = await connect(url);
    const tasks = await client.call("tasks/reclaim", {});
    return printDone(tasks, json, async () => {
      if (tasks.length === 0) return "No lease had ended.";
      const { taskTable } = await import("./board/views.ts");
      return taskTable(tasks, wallClock(), outputLook());
    });
  });
