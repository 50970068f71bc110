import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption, leaseOption, taskNamed } from "./board/flags.ts";
import { requireActor } from "./board/who.ts";
import { printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("claim")
  .description("Claim a pending task. Of many that try, exactly one gets it; the others exit with 1.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .addOption(asOption())
  .addOption(leaseOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord claim 019aa4f1-77c2 --as alice --lease 10m")
  .action(async (id, { as, lease, json, url }) => {
    const client = await connect(url);
    const agentId = await requireActor(client, as);
    const task = await client.call("tasks/claim", { ...taskNamed(id), agentId, leaseSeconds: lease });
    return printDone(task, json, async () => {
      const { taskLine } = await import("./board/views.ts");
      return `${taskLine(task)}\n  yours until ${task.lease_until} (cord extend, complete, fail, release)`;
    });
  });
