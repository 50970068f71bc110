import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { errors } from "../core/error.ts";
import { plain } from "../core/text.ts";
import { jsonOption, projectOf, projectOption, urlOption } from "./options.ts";
import { printDone, tell } from "./output.ts";

export const command = new Command("poke")
  .description("Wake an agent's tab now, with a message if you like, and say how that went.")
  .argument("<agent>", "its handle: cord agents lists them")
  .argument("[text...]", "what it should know: a message in its inbox")
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
It counts among the wakes that a tab may have in an hour. One that cannot be
woken is told at its next activity: the exit code is 1 then, and the message is
in its inbox.

Examples:
  $ cord poke hotfix-v1.1
  $ cord poke hotfix-v1.1 "The build is red again"`,
  )
  .action(async (agent, text, { project, json, url }) => {
    const client = await connect(url);
    const said = text.length === 0 ? {} : { text: text.join(" ") };
    const done = await client.call("tabs/poke", { agent, ...said, project: projectOf(project) });
    if (done.woken === null) {
      process.exitCode = errors.failed.exit;
      tell(plain(`cord poke: ${done.trouble ?? `${agent} is not woken.`}`));
      if (!json && process.stdout.isTTY) return;
    }
    return printDone(done, json, () => plain(`${done.agent} is woken by its ${done.woken}.`));
  });
