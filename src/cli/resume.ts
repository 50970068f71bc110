import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeArgument, printNodeDone, runOption, targetOf } from "./run/node-target.ts";

export const command = new Command("resume")
  .description("Resume a paused node.")
  .argument("<node>", "such as 4", nodeArgument)
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord resume 4")
  .action(async (node, { run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/resume", targetOf(node, run));
    return printNodeDone(done, { node: done.resumed, did: "resumed", text: done.goal }, json);
  });
