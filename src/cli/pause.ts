import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { printNodeDone, runOption, steeredArgument, steeredTarget, withBelow } from "./run/node-target.ts";

export const command = new Command("pause")
  .description("Pause a node and all below it, or a run: agents are ended, and it waits until it is resumed.")
  .argument("<node|run>", "a node, such as 4, or a run's id", steeredArgument)
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExamples:\n  $ cord pause 4\n  $ cord pause 019aa4f1-77c2")
  .action(async (what, { run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/pause", steeredTarget(what, run));
    const text = withBelow(done.goal, done.below);
    return printNodeDone(done, { node: done.paused, did: "paused", text }, json);
  });
