import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { addressed } from "./board/addressed.ts";
import { printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";
import { printNodeDone, runOption } from "./run/node-target.ts";

export const command = new Command("answer")
  .description("Answer a question that an agent asked: about a task of the board, or in a run.")
  .argument("<id>", "a node, such as 4; a task's number, its id, or the beginning of that")
  .argument("<text...>", "the answer: text, or an option or its number")
  .option("--other", "the answer may be none of the options")
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
A number is whichever has a question open, the board's task or the node.

Examples:
  $ cord answer 7 yes
  $ cord answer 7 "Use the EU region"
  $ cord answer 019aa4f1-77c2 eu`,
  )
  .action(async (id, text, { run, other, json, url }) => {
    const client = await connect(url);
    const said = { answer: text.join(" "), ...(other ? { other } : {}) };
    const { task, node } = await addressed(client, "answer", id, run);
    if (task !== null) {
      const done = await client.call("tasks/answer", { ...task, ...said });
      return printDone(done, json, async () => (await import("./board/views.ts")).taskLine(done));
    }
    const done = await client.call("nodes/answer", { ...node, ...said });
    const did = { node: done.answered, did: "answered", text: `${done.question}  ${done.answer}` };
    return printNodeDone(done, did, json);
  });
