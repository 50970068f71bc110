import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/daemon.ts";
import { CordError } from "../core/error.ts";
import { taskNamed } from "./board/flags.ts";
import { print, printJson } from "./board/output.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("show")
  .description("Show a task whole.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord show 019aa4f1-77c2")
  .action(async (id, { json, url }) => {
    const client = await connect(url);
    const task = await client.call("tasks/get", { ...taskNamed(id) });
    if (task === null)
      throw new CordError("not_found", `There is no task ${id}. See "cord tasks --all" for those there are.`);
    if (json) return printJson(task);
    const { taskDetail } = await import("./board/views.ts");
    return print(taskDetail(task, Date.now()));
  });
