import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { printNodeDone, runOption, steeredArgument, steeredTarget } from "./run/node-target.ts";

export const command = new Command("stop")
  .description("Cancel a node and all below it, or a run; their agents are ended.")
  .argument("<node|run>", "a node, such as 4, or a run's id", steeredArgument)
  .option("--reason <text>", "why; its parent reads it")
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    '\nExamples:\n  $ cord stop 4\n  $ cord stop 5 --reason "not needed any more"\n  $ cord stop 019aa4f1-77c2',
  )
  .action(async (what, { reason, run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/stop", {
      ...steeredTarget(what, run),
      ...(reason === undefined ? {} : { reason }),
    });
    return printNodeDone(done, { node: done.cancelled, did: "cancelled", text: done.goal }, json);
  });
