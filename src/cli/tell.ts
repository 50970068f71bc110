import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeArgument, printNodeDone, runOption, targetOf } from "./run/node-target.ts";

export const command = new Command("tell")
  .description("Send a message to the running agent of a node.")
  .argument("<node>", "such as 4", nodeArgument)
  .argument("<text...>", "what it should know")
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExample:\n  $ cord tell 4 "Leave out 2023; the data is wrong"')
  .action(async (node, text, { run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/tell", { ...targetOf(node, run), text: text.join(" ") });
    return printNodeDone(done, { node: done.told, did: "told", text: done.goal }, json);
  });
