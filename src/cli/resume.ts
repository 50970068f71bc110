import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { runOption, steeredArgument } from "./run/node-target.ts";

export const command = new Command("resume")
  .description("Resume a paused node and all below it, or a run; one that waits for a limit tries again now.")
  .argument("<node|run>", "a node, such as 4, or a run's id", steeredArgument)
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
A run goes on while an engine works on it: "cord run --resume RUN" starts one.

Examples:
  $ cord resume 4
  $ cord resume 019aa4f1-77c2`,
  )
  .action(async (what, { run, json, url }) => {
    const { resumeNode, resumeRun } = await import("./run/resuming.ts");
    const client = await connect(url);
    return what.run === null
      ? resumeNode(client, what, { run, json })
      : resumeRun(client, what, { run, json });
  });
