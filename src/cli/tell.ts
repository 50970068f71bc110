import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { addressed } from "./board/addressed.ts";
import { printDone } from "./output.ts";
import { jsonOption, urlOption } from "./options.ts";
import { printNodeDone, runOption } from "./run/node-target.ts";

export const command = new Command("tell")
  .description("Send a message to the running agent of a node, or to whoever works on a task of the board.")
  .argument("<id>", "a node, such as 4; a task's number, its id, or the beginning of that")
  .argument("<text...>", "what it should know")
  .addOption(runOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
A number is a node of the open run here; where that has none, a task of the
board. What is told to a task with a question open is the answer.

Examples:
  $ cord tell 4 "Leave out 2023; the data is wrong"
  $ cord tell 019aa4f1-77c2 "The log is in /tmp/build.log"`,
  )
  .action(async (id, text, { run, json, url }) => {
    const client = await connect(url);
    const said = { text: text.join(" ") };
    const { task, node } = await addressed(client, "tell", id, run);
    if (task !== null) {
      const done = await client.call("tasks/tell", { ...task, ...said });
      return printDone(done, json, async () => (await import("./board/views.ts")).taskLine(done));
    }
    const done = await client.call("nodes/tell", { ...node, ...said });
    return printNodeDone(done, { node: done.told, did: "told", text: done.goal }, json);
  });
