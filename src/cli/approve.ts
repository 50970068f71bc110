import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeArgument, runOption } from "./run/node-target.ts";
import { planTarget, printDecided } from "./run/plan-target.ts";

export const command = new Command("approve")
  .description("Let what a node has planned be worked on (default: all that waits in the run).")
  .argument("[node]", "the node that planned it, such as 1", nodeArgument)
  .addOption(runOption("the open one here that waits for approval"))
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
A run that was started with --plan waits until what its root has planned is
approved, and with --plan=all until each plan is.

Examples:
  $ cord approve
  $ cord approve 4 --run 0193f0c2-7b1d`,
  )
  .action(async (node, { run, json, url }) => {
    const client = await connect(url);
    return printDecided(await client.call("runs/approve", planTarget(node, run)), "is approved", json);
  });
