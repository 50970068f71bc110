import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeArgument, printNodeDone, runOption, targetOf } from "./run/node-target.ts";

export const command = new Command("answer")
  .description("Answer a question that an agent asked.")
  .argument("<node>", "such as 4", nodeArgument)
  .argument("<text...>", "the answer: text, or an option or its number")
  .option("--other", "the answer may be none of the options")
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExamples:\n  $ cord answer 7 yes\n  $ cord answer 7 "Use the EU region"')
  .action(async (node, text, { run, other, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/answer", {
      ...targetOf(node, run),
      answer: text.join(" "),
      ...(other ? { other } : {}),
    });
    return printNodeDone(
      done,
      { node: done.answered, did: "answered", text: `${done.question}  ${done.answer}` },
      json,
    );
  });
