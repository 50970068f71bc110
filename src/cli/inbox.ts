import { Command, Option } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption } from "./board/flags.ts";
import { actorOf } from "./board/who.ts";
import { jsonOption, projectOf, projectOption, urlOption, wholeNumber } from "./options.ts";
import { hasColor, printDone } from "./output.ts";
import { wallClock } from "../system/wall-clock.ts";

const maxListed = 100;

export const command = new Command("inbox")
  .description(
    "Read your messages, and what else concerns you: what is unread, which is read then; else the latest.",
  )
  .option("--peek", "leave unread what is shown")
  .option("--ack [id...]", "acknowledge these messages, or all that are shown")
  .option("--all", "with those that were read before")
  .addOption(
    new Option("--limit <number>", "at most so many").default(20).argParser(wholeNumber(1, maxListed)),
  )
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
In a command of an agent's tab it is the tab's inbox; in a person's shell it is
what was sent to "human".

Examples:
  $ cord inbox
  $ cord inbox --peek --as alice
  $ cord inbox --ack 12 14`,
  )
  .action(async ({ peek, ack, all, limit, as, project, json, url }) => {
    const client = await connect(url);
    const agentId = (await actorOf(client, as)) ?? person;
    const answer = await client.call("messages/list", {
      agentId,
      limit,
      ...(all ? { unread: false } : {}),
      ...(ack === undefined ? {} : { ack }),
      ...(peek ? { peek } : {}),
      project: projectOf(project),
    });
    return printDone(answer, json, async () => {
      const { inboxLines } = await import("./board/inbox-lines.ts");
      return inboxLines(answer, { now: wallClock(), color: hasColor(), isPeek: peek === true });
    });
  });

/** As which a person is written who is no agent. */
const person = "human";
