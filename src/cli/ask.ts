import { Command, Option } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { errors } from "../core/error.ts";
import { limits } from "../core/limits.ts";
import { plain, plainLines } from "../core/text.ts";
import { duration } from "../tui/time.ts";
import { asOption, taskNamed } from "./board/flags.ts";
import { printDone, tell } from "./output.ts";
import { jsonOption, seconds, urlOption } from "./options.ts";

export const command = new Command("ask")
  .description("Ask whoever sent a task you hold. It waits for the answer, and is yours again then.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .argument("<question...>", "what you cannot decide")
  .option("--option <text...>", "an answer to choose from; may be repeated")
  .addOption(new Option("--wait <duration>", "wait so long for the answer, and print it").argParser(seconds))
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
While the question is open no lease runs. "cord answer" answers it: then you
hold the task anew; or it is pending, if you were not seen for a minute. The
same question asked again waits on.
Exit codes: 0 it was asked, or with --wait answered; 2 the wait ran out.

Examples:
  $ cord ask 12 --as alice "Which region?" --option eu --option us
  $ cord ask 12 --as alice "Which region?" --wait 10m`,
  )
  .action(async (id, question, { option: options, wait, as, json, url }) => {
    const client = await connect(url);
    const longest = limits.longWaitMs / 1000;
    if (wait !== undefined && process.stderr.isTTY)
      tell(`Waiting for the answer, up to ${duration(Math.min(wait, longest) * 1000)}. Ctrl-C ends it.`);
    const done = await client.call("tasks/ask", {
      ...taskNamed(id),
      question: question.join(" "),
      ...(options === undefined ? {} : { options: [...options] }),
      ...(wait === undefined ? {} : { wait_seconds: Math.min(wait, longest) }),
      agentId: as,
    });
    if (wait !== undefined && done.answer === undefined) process.exitCode = errors.timeout.exit;
    return printDone(done, json, () =>
      done.answer === undefined ? plain(done.note ?? "asked") : plainLines(done.answer),
    );
  });
