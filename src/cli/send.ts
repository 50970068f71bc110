import { Command, Option } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption, wordsOption } from "./board/flags.ts";
import { actorOf } from "./board/who.ts";
import { printDone } from "./output.ts";
import { json, jsonOption, projectOf, projectOption, urlOption } from "./options.ts";

export const command = new Command("send")
  .description(
    "Post a task to the board. An ack, a knowledge or a decision is a publication: it is completed at once.",
  )
  .argument("<name>", "what it is, in one line")
  .option(
    "--kind <kind>",
    "task, bug, feature, message, ack, knowledge, decision, or a word of your own",
    "task",
  )
  .option("--priority <priority>", "low, normal, high, urgent, or a word of your own", "normal")
  .addOption(new Option("--payload <json>", "any JSON to go with it").argParser(json))
  .option("--to <agent>", "the agent it is meant for")
  .addOption(wordsOption("--needs <ids>", "tasks that must complete first, with commas"))
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord send "Login fails on Safari" --kind bug --payload '{"file":"login.ts"}'
  $ cord send "Review the fix" --to alice --needs 019aa4f1-77c2`,
  )
  .action(async (name, { kind, priority, payload, to, needs, as, project: given, json, url }) => {
    const client = await connect(url);
    const project = projectOf(given);
    // an agent hears of what is asked about what it sent, and of its own message to all it does not
    const sender = (await actorOf(client, as)) ?? undefined;
    const task = await client.call("tasks/send", {
      name,
      kind,
      priority,
      payload,
      to,
      needs,
      sender,
      project,
    });
    return printDone(task, json, async () => (await import("./board/views.ts")).taskLine(task));
  });
