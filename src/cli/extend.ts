import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption, leaseOption, taskNamed } from "./board/flags.ts";
import { requireActor } from "./board/who.ts";
import { printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("extend")
  .description("Extend the lease of a task you hold, counted from now.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .addOption(asOption())
  .addOption(leaseOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord extend 019aa4f1-77c2 --as alice --lease 30m")
  .action(async (id, { as, lease, json, url }) => {
    const client = await connect(url);
    const agentId = await requireActor(client, as);
    const extended = await client.call("tasks/extend", { ...taskNamed(id), agentId, leaseSeconds: lease });
    return printDone(extended, json, () => `yours until ${extended.lease_until}`);
  });
