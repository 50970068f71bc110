import { Command, Option } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption, resultOption, taskNamed } from "./board/flags.ts";
import { printDone } from "./output.ts";
import { json, jsonOption, urlOption } from "./options.ts";

export const command = new Command("complete")
  .description("Complete a claimed task, and with --ack publish an ack in the same transaction.")
  .argument("<id>", "the task's number, its id, or the beginning of that")
  .addOption(resultOption())
  .option("--ack <name>", "publish an ack of this name")
  .option("--ack-priority <priority>", "the ack's priority", "high")
  .addOption(new Option("--ack-payload <json>", "more to go with the ack").argParser(json))
  .addOption(new Option("--artifacts <json>", "files, as a list in A2A's shape").argParser(json))
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord complete 019aa4f1-77c2 --as alice --result "fixed in abc123"
  $ cord complete 019aa4f1-77c2 --as alice --result '{"sha":"abc"}'
  $ cord complete 019aa4f1-77c2 --as alice --ack "v1.1 stable"
  $ cord complete 12 --as alice --artifacts \\
      '[{"name":"log","parts":[{"url":"file:///tmp/build.log"}]}]'`,
  )
  .action(async (id, { result, artifacts: files, ack, ackPriority, ackPayload, as, json, url }) => {
    const artifacts = files === undefined ? {} : (await import("./board/artifacts.ts")).artifactsIn(files);
    const client = await connect(url);
    const done = await client.call("tasks/complete", {
      ...taskNamed(id),
      result,
      ...artifacts,
      agentId: as,
      ...(ack === undefined ? {} : { postAck: true, ackName: ack, ackPriority, ackPayload }),
    });
    const { ack: published } = done;
    return printDone(done, json, async () => {
      if (published === null) return "completed";
      const { taskLine } = await import("./board/views.ts");
      return `completed, and published:\n${taskLine(published)}`;
    });
  });
