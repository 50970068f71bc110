import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeArgument, printNodeDone, runOption, targetOf } from "./run/node-target.ts";

export const command = new Command("pause")
  .description("Pause a node: its agent is ended, and it waits until it is resumed.")
  .argument("<node>", "such as 4", nodeArgument)
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord pause 4")
  .action(async (node, { run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/pause", targetOf(node, run));
    return printNodeDone(done, { node: done.paused, did: "paused", text: done.goal }, json);
  });
