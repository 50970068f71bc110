import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeArgument, printNodeDone, runOption, targetOf } from "./run/node-target.ts";

export const command = new Command("modify")
  .description("Change the goal or the prompt of a pending or paused node.")
  .argument("<node>", "such as 4", nodeArgument)
  .option("--goal <text>", "its new goal, one line")
  .option("--prompt <text>", "its new prompt")
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    '\nExamples:\n  $ cord modify 4 --goal "Compare only the open source ones"\n  $ cord modify 4 --prompt "$(cat prompt.md)"',
  )
  .action(async (node, { goal, prompt, run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/modify", {
      ...targetOf(node, run),
      ...(goal === undefined ? {} : { goal }),
      ...(prompt === undefined ? {} : { prompt }),
    });
    return printNodeDone(done, { node: done.modified, did: "modified", text: done.goal }, json);
  });
