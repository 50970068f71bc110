import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { asOption } from "./board/flags.ts";
import { actorOf } from "./board/who.ts";
import { jsonOption, projectOf, urlOption } from "./options.ts";
import { printDone } from "./output.ts";

export const command = new Command("reply")
  .description("Answer a message: whoever sent it has the answer in its inbox, and yours is acknowledged.")
  .argument("<id>", "the message's number, its id, or the beginning of that")
  .argument("<text...>", "the answer")
  .option("--urgent", "wake its reader at once, also between two tool calls")
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText("after", '\nExample:\n  $ cord reply 12 "Port 8080; the token is in the file" --as alice')
  .action(async (id, text, { urgent, as, json, url }) => {
    const client = await connect(url);
    const agentId = await actorOf(client, as);
    const sent = await client.call("messages/send", {
      reply_to: id,
      text: text.join(" "),
      ...(urgent ? { urgent } : {}),
      ...(agentId === null ? {} : { agentId }),
      project: projectOf(),
    });
    return printDone(sent, json, async () => (await import("./board/views.ts")).taskLine(sent));
  });
