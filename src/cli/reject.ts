import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { CordError } from "../core/error.ts";
import { nodeNamePattern, nodeNumber } from "../core/words.ts";
import { jsonOption, urlOption } from "./options.ts";
import { runOption } from "./run/node-target.ts";
import { planTarget, printDecided } from "./run/plan-target.ts";

export const command = new Command("reject")
  .description("Take out what a node has planned, and have it plan again with your remark.")
  .argument(
    "<why...>",
    "what is to be different; before it the node that planned, if not all that wait in the run",
  )
  .addOption(runOption("the open one here that waits for approval"))
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
Its agent goes on in its session, and is told the remark.

Examples:
  $ cord reject "in fewer parts, and leave the tests out"
  $ cord reject 4 "first the tests"`,
  )
  .action(async (why, { run, json, url }) => {
    const { number, text } = meant(why);
    const client = await connect(url);
    const done = await client.call("runs/reject", { ...planTarget(number, run), text });
    return printDecided(done, "was rejected", json);
  });

/** A remark may come without a node. Throws `usage` for a node without a remark. */
function meant(words: readonly string[]): { number: number | undefined; text: string } {
  const [first = "", ...rest] = words;
  const number = nodeNamePattern.test(first) ? nodeNumber(first) : undefined;
  const text = (number === undefined ? words : rest).join(" ").trim();
  if (text === "")
    throw new CordError("usage", 'Say what is to be different: cord reject 4 "in fewer parts".');
  return { number, text };
}
