import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeArgument, printNodeDone, runOption, targetOf } from "./run/node-target.ts";

export const command = new Command("stop")
  .description("Cancel a node and all below it; their agents are ended.")
  .argument("<node>", "such as 4", nodeArgument)
  .option("--reason <text>", "why; its parent reads it")
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExamples:\n  $ cord stop 4\n  $ cord stop 5 --reason "not needed any more"')
  .action(async (node, { reason, run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/stop", {
      ...targetOf(node, run),
      ...(reason === undefined ? {} : { reason }),
    });
    return printNodeDone(done, { node: done.cancelled, did: "cancelled", text: done.goal }, json);
  });
