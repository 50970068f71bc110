import { defaults } from "../core/limits.ts";
import { Command, Option } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { errors } from "../core/error.ts";
import { plain } from "../core/text.ts";
import { duration } from "../tui/time.ts";
import { asOption, recipient, stateOption, toOption, wordsOption } from "./board/flags.ts";
import { nodeArgument } from "./run/node-target.ts";
import { printJson, tell } from "./output.ts";
import { heartbeatEvery, endOf, firstMatch, matchOf, nodeEnd } from "./board/waiting.ts";
import { defaultStates } from "../core/words.ts";
import { sinceBootMs } from "../system/boot.ts";
import {
  allOption,
  projectOf,
  projectOption,
  seconds,
  secondsOrNone,
  urlOption,
  wholeNumber,
} from "./options.ts";

export const command = new Command("wait")
  .description("Block until a task matches, and print it as JSON.")
  .addOption(asOption())
  .option("--name <name>", "what you are called, in the list of agents (default: --as)")
  .addOption(wordsOption("--kind <kinds>", "only these kinds, such as ack"))
  .addOption(stateOption())
  .addOption(wordsOption("--priority <priorities>", "only these, such as high,urgent"))
  .option("--name-contains <text>", "only tasks with this in their name")
  .addOption(wordsOption("--ignore-id <ids>", "not these tasks, with commas; may be repeated"))
  .addOption(toOption())
  .addOption(
    new Option("--since <seq>", "only what changed after this seq").argParser(
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    ),
  )
  .option("--run [run]", "until this run ends (the newest of the project if none is named)")
  .option(
    "--node <node>",
    "until this node ends, such as 4 (of --run, or the run here that has it)",
    nodeArgument,
  )
  .addOption(
    new Option("--timeout <duration>", "how long to wait; 0 looks once")
      .default(defaults.waitSeconds, String(defaults.waitSeconds))
      .argParser(secondsOrNone),
  )
  .addOption(
    new Option("--heartbeat <duration>", "how often --as is seen while it waits")
      .default(defaults.heartbeatSeconds, String(defaults.heartbeatSeconds))
      .argParser(seconds),
  )
  .addOption(allOption())
  .addOption(new Option("--json", "JSON, as without it").hideHelp())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
By default an ack, a knowledge or a decision is waited for as completed,
anything else as pending.
Exit codes: 0 it came, 1 the run or the node was to end and failed or was
cancelled, 2 the wait ran out.

Examples:
  $ cord wait --kind ack --name-contains "v1.1 stable" --timeout 2h
  $ cord wait --run --timeout 1h`,
  )
  .action(async (flags) => {
    const client = await connect(flags.url);
    const project = flags.all ? undefined : projectOf(flags.project);
    const stop = flags.as
      ? heartbeatEvery(
          client,
          { id: flags.as, name: flags.name ?? flags.as, project },
          flags.heartbeat * 1000,
        )
      : () => {};
    const waiter = { agentId: flags.as, until: sinceBootMs() + flags.timeout * 1000 };
    try {
      if (flags.run !== undefined || flags.node !== undefined) {
        const run = typeof flags.run === "string" ? flags.run : undefined;
        const which = { run, node: flags.node, project };
        sayWaiting(endOf(which), flags.timeout);
        const ended = await nodeEnd(client, which, waiter);
        process.exitCode = ended.state === "completed" ? 0 : errors.failed.exit;
        return await printJson(ended, 2);
      }
      const filter = {
        kind: flags.kind,
        state: flags.state ?? defaultStates(flags.kind),
        priority: flags.priority,
        name_contains: flags.nameContains,
        to: recipient(flags.to),
        since: flags.since,
        ignore_ids: flags.ignoreId,
        project,
      };
      sayWaiting(matchOf(filter), flags.timeout);
      return await printJson(await firstMatch(client, filter, waiter), 2);
    } finally {
      stop();
    }
  });

/** A person who waits sees for what; a script is not spoken to. */
function sayWaiting(what: string, timeoutSeconds: number): void {
  if (!process.stderr.isTTY || timeoutSeconds === 0) return;
  tell(`Waiting for ${plain(what)}, up to ${duration(timeoutSeconds * 1000)}. Ctrl-C ends it.`);
}
