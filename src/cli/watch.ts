import { Command, Option } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { CordError } from "../core/error.ts";
import { tabBounds } from "../core/limits.ts";
import { asOption, recipient, stateOption, toOption, wordsOption } from "./board/flags.ts";
import { requireActor } from "./board/who.ts";
import { jsonOption, projectOf, projectOption, urlOption, wholeNumber } from "./options.ts";
import { printDone } from "./output.ts";

const { min, max } = tabBounds.watchMinutes;

export const command = new Command("watch")
  .description(
    "Have what matches put into your inbox, which wakes your tab: nobody waits, and the watch outlives tab and daemon.",
  )
  .addOption(wordsOption("--kind <kinds>", "only these kinds, such as ack"))
  .addOption(stateOption())
  .addOption(wordsOption("--priority <priorities>", "only these, such as high,urgent"))
  .option("--name-contains <text>", "only tasks with this in their name")
  .addOption(toOption())
  .addOption(wordsOption("--ids <ids>", "these tasks, with commas: until they end, unless --state says else"))
  .addOption(
    new Option("--since <seq>", "only what changes after this seq").argParser(
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    ),
  )
  .option("--note <text>", "what you are told with a match")
  .option("--every", "tell of each match, not only of the first")
  .option("--minutes <n>", "for how long, up to a week; its end is told too", wholeNumber(min, max))
  .option("--list", "list your watches")
  .option("--cancel <id>", "end one of them")
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
By default an ack, a knowledge or a decision is watched for as completed,
anything else as pending and ready. What matches already is said at once.

Examples:
  $ cord watch --kind ack --name-contains "v1.1 stable" --note "publish it"
  $ cord watch --ids 12,13 --as alice
  $ cord watch --list`,
  )
  .action(async ({ note, every, minutes, list, cancel, as, project, json, url, to, ...flags }) => {
    const { kind, state, priority, nameContains, ids, since } = flags;
    const filter = { kind, state, priority, name_contains: nameContains, to: recipient(to), ids, since };
    const isFiltered = Object.values(filter).some((value) => value !== undefined);
    if (!isFiltered && !list && cancel === undefined)
      throw new CordError("usage", "Say what to watch for, such as --kind ack, or --list, or --cancel ID.");
    const client = await connect(url);
    const answer = await client.call("tasks/watch", {
      ...filter,
      ...(note === undefined ? {} : { note }),
      ...(every ? { once: false } : {}),
      ...(minutes === undefined ? {} : { minutes }),
      ...(cancel === undefined ? {} : { cancel }),
      agentId: await requireActor(client, as),
      project: projectOf(project),
    });
    return printDone(answer, json, async () => {
      const { watchLines } = await import("./board/inbox-lines.ts");
      return watchLines(answer);
    });
  });
