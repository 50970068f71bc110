import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { outputLook, print, printJson } from "./output.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption } from "./options.ts";

export const command = new Command("agents")
  .description(
    "List the agents of this project, the last seen first: what each does, and for a tab its client, how it is woken, and how much it has not read.",
  )
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord agents --all")
  .action(async ({ all, project, json, url }) => {
    const client = await connect(url);
    const agents = await client.call("agents/list", all ? {} : { project: projectOf(project) });
    if (json) return printJson(agents);
    if (!process.stdout.isTTY) {
      const { agentRows } = await import("./board/script-tables.ts");
      return print(agentRows(agents));
    }
    const { agentTable } = await import("./board/agent-table.ts");
    return print(agentTable(agents, outputLook()));
  });
