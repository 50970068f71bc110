import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption } from "./board/flags.ts";
import { requireActor } from "./board/who.ts";
import { printDone } from "./output.ts";
import { jsonOption, projectOf, projectOption, urlOption } from "./options.ts";

export const command = new Command("heartbeat")
  .description("Report that an agent is alive.")
  .argument("[agent]", "who lives; the same as --as")
  .addOption(asOption())
  .option("--name <name>", "what it is called (default: its id)")
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExample:\n  $ cord heartbeat alice --name "Alice, v1.2"')
  .action(async (given, { as, name, project, json, url }) => {
    const client = await connect(url);
    const id = await requireActor(client, given ?? as);
    const agent = { id, name: name ?? id, project: projectOf(project) };
    const done = await client.call("agents/heartbeat", agent);
    return printDone(done, json, () => "ok");
  });
