import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { followNode, printAttempt } from "./run/log.ts";
import { nodeArgument, anyRunOption, targetOf } from "./run/node-target.ts";
import { urlOption, wholeNumber } from "./options.ts";

export const command = new Command("logs")
  .description("Show what a node's agent says and does (default: of its last attempt).")
  .argument("<node>", "such as 4", nodeArgument)
  .option("-f, --follow", "follow the attempt until it ends; waits for its start")
  .option("--attempt <n>", "an earlier attempt, by its epoch", wholeNumber(1, 1_000_000))
  .option("--raw", "the agent's output as it is: one JSON object a line")
  .addOption(anyRunOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    "\nExamples:\n  $ cord logs 4\n  $ cord logs 4 --follow\n  $ cord logs 4 --raw | jq .",
  )
  .action(async (node, { follow, attempt, raw, run, url }) => {
    const client = await connect(url);
    const { run: found } = await client.call("runs/get", targetOf(node, run));
    const wanted = { client, runId: found.id, number: node, isRaw: raw === true };
    return follow && attempt === undefined ? followNode(wanted) : printAttempt(wanted, attempt);
  });
