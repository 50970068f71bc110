import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/daemon.ts";
import { CordError } from "../core/error.ts";
import { attemptFolders, followLog, printLog } from "./run/log.ts";
import { nodeId, runOption, targetOf } from "./run/node-target.ts";
import { urlOption, wholeNumber } from "./options.ts";

export const command = new Command("logs")
  .description("Show what a node's agent says and does (default: of its last attempt).")
  .argument("<node>", "such as 4", nodeId)
  .option("-f, --follow", "go on until the attempt ends")
  .option("--attempt <n>", "an earlier attempt, by its epoch", wholeNumber(1, 1_000_000))
  .option("--raw", "the agent's output as it is: one JSON object a line")
  .addOption(runOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    "\nExamples:\n  $ cord logs 4\n  $ cord logs 4 --follow\n  $ cord logs 4 --raw | jq .",
  )
  .action(async (node, { follow, attempt, raw, run, url }) => {
    const client = await connect(url);
    const target = targetOf(node, run);
    const { run: found, nodes } = await client.call("runs/get", target);
    const summary = nodes.find(({ number }) => `#${number}` === node);
    if (!summary)
      throw new CordError(
        "not_found",
        `There is no node ${node} in run ${found.id.slice(0, 13)}. "cord tree" shows those there are.`,
      );
    const folders = attemptFolders(summary);
    const folder = attempt === undefined ? folders.at(-1) : folders.find(({ epoch }) => epoch === attempt);
    if (!folder) throw new CordError("not_found", noLog(node, summary.attempts, folders));
    const { options } = found;
    const active = summary.status === "active" && folder.epoch === summary.epoch;
    if (follow && active)
      return followLog(
        client,
        { runId: found.id, number: summary.number, ...folder },
        options.agent,
        raw === true,
      );
    return printLog(folder.dir, options.agent, raw === true);
  });

function noLog(node: string, attempts: number, folders: readonly { epoch: number }[]): string {
  if (attempts === 0) return `${node} has not been started yet.`;
  if (folders.length === 0) return `The log of ${node} is not on this machine.`;
  return `${node} has no such attempt. There are: ${folders.map(({ epoch }) => epoch).join(", ")}.`;
}
