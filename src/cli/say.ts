import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption, taskNamed } from "./board/flags.ts";
import { printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";

export const command = new Command("say")
  .description("Say in a line how a task you hold goes. Whoever sent it, or follows it, sees that.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .argument("<text...>", "the line")
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExample:\n  $ cord say 12 --as alice "The tests pass; now the docs"')
  .action(async (id, text, { as, json, url }) => {
    const client = await connect(url);
    const done = await client.call("tasks/say", { ...taskNamed(id), text: text.join(" "), agentId: as });
    return printDone(done, json, () => "said");
  });
