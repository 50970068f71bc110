import { Command, Option } from "@commander-js/extra-typings";
import { CordError } from "../core/error.ts";
import { quoted } from "../core/text.ts";
import { nodeNamePattern, nodeNumber } from "../core/words.ts";
import { connect } from "../client/connect.ts";
import { followNode, printAttempt } from "./run/log.ts";
import type { LogForm } from "./run/log-printer.ts";
import { anyRunOption, targetOf } from "./run/node-target.ts";
import { projectOf, urlOption, wholeNumber } from "./options.ts";

export const command = new Command("logs")
  .description("Show what a node's agent says and does, or what happened in a run.")
  .argument("[node]", "such as 4, or the beginning of a run's id (default: the newest run here)")
  .option("-f, --follow", "follow to the end; of a node: waits for its start")
  .option(
    "--attempt <n>",
    "of a node: an earlier attempt, by the number that cord show gives",
    wholeNumber(1, 1_000_000),
  )
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

Of a run: a line for each change, as cord run prints it off a terminal.

Examples:
  $ cord logs 4
  $ cord logs 4 --follow
  $ cord logs 01a1fd89
  $ cord logs 4 --run 01a1fd89 --attempt 1
  $ cord logs 4 --json | jq 'select(.failed)'`,
  )
  .action(async (of, { follow, attempt, json, raw, run, url }) => {
    const client = await connect(url);
    if (of !== undefined && nodeNamePattern.test(of)) {
      const node = nodeNumber(of);
      const { run: found } = await client.call("runs/get", targetOf(node, run));
      const form: LogForm = raw ? "raw" : json ? "json" : "text";
      const wanted = { client, runId: found.id, number: node, form };
      return follow && attempt === undefined ? followNode(wanted) : printAttempt(wanted, attempt);
    }
    if (attempt !== undefined || raw)
      throw new CordError("usage", "--attempt and --raw go with a node: cord logs 4 --raw");
    if (of !== undefined && run !== undefined)
      throw new CordError(
        "usage",
        `${quoted(of, 40)} is no number of a node, such as 4, and --run names the run.`,
      );
    const id = of ?? run;
    const snapshot = await client.call(
      "runs/get",
      id === undefined ? { project: projectOf() } : { run_id: id },
    );
    const { printRunLog } = await import("./run/run-log.ts");
    return printRunLog(client, snapshot, { json: json === true, follow: follow === true });
  });
