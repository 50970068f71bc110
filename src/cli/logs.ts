import { Command, Option } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { followNode, printAttempt } from "./run/log.ts";
import type { LogForm } from "./run/log-printer.ts";
import { nodeArgument, anyRunOption, targetOf } from "./run/node-target.ts";
import { urlOption, wholeNumber } from "./options.ts";

export const command = new Command("logs")
  .description("Show what a node's agent says and does (default: of its last attempt).")
  .argument("<node>", "such as 4", nodeArgument)
  .option("-f, --follow", "follow the attempt until it ends; waits for its start")
  .option("--attempt <n>", "an earlier attempt, by its epoch", wholeNumber(1, 1_000_000))
  .addOption(new Option("--json", "print JSON, an entry a line"))
  .addOption(new Option("--raw", "the agent's output as it is: one JSON object a line").conflicts("json"))
  .addOption(anyRunOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
What the agent said; its tool calls (→), and what each came to (✓ or ✗); what
each message of its model cost; and the node's checks. Any run that there was
can be meant, by the beginning of its id.

Examples:
  $ cord logs 4
  $ cord logs 4 --follow
  $ cord logs 4 --run 01a1fd89 --attempt 1
  $ cord logs 4 --json | jq 'select(.failed)'`,
  )
  .action(async (node, { follow, attempt, json, raw, run, url }) => {
    const client = await connect(url);
    const { run: found } = await client.call("runs/get", targetOf(node, run));
    const form: LogForm = raw ? "raw" : json ? "json" : "text";
    const wanted = { client, runId: found.id, number: node, form };
    return follow && attempt === undefined ? followNode(wanted) : printAttempt(wanted, attempt);
  });
