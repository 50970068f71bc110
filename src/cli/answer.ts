import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/daemon.ts";
import { plain } from "../core/text.ts";
import { print, printJson } from "./board/output.ts";
import { jsonOption, urlOption } from "./options.ts";
import { nodeId, runOption, targetOf } from "./run/node-target.ts";

export const command = new Command("answer")
  .description("Answer a question that an agent asked.")
  .argument("<node>", "such as 4", nodeId)
  .argument("<text...>", "the answer")
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExamples:\n  $ cord answer 7 yes\n  $ cord answer 7 "Use the EU region"')
  .action(async (node, text, { run, json, url }) => {
    const client = await connect(url);
    const done = await client.call("nodes/answer", { ...targetOf(node, run), answer: text.join(" ") });
    return json ? printJson(done) : print(plain(`${done.answered} answered  ${done.question}`));
  });
