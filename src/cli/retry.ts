import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { shortRun } from "../core/node-refusal.ts";
import { plain } from "../core/text.ts";
import { print } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeArgument, printNodeDone, anyRunOption, targetOf } from "./run/node-target.ts";

export const command = new Command("retry")
  .description("Retry a failed or cancelled node, and what was cancelled because of it.")
  .argument("<node>", "such as 4", nodeArgument)
  .addOption(anyRunOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
What is complete is not done again; the nodes above it synthesise anew. All that
failed in a run is tried again by "cord run --resume RUN".

Examples:
  $ cord retry 4
  $ cord retry 4 --run 0193f0c2-7b1d`,
  )
  .action(async (node, { run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/retry", targetOf(node, run));
    await printNodeDone(done, { node: done.retried, did: "is to be tried again", text: done.goal }, json);
    if (json) return;
    if (done.with.length > 0) await print(plain(`with ${done.with.join(", ")}`));
    if (!done.engines) await print(`Go on with it: cord run --resume ${shortRun(done.run_id)}`);
  });
