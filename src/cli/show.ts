import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { jsonOption, urlOption } from "./options.ts";
import { anyRunOption } from "./run/node-target.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("show")
  .description("Show a task, a node of a run, or the report of a run, whole.")
  .argument("<id>", "a number, an id, or the beginning of one")
  .addOption(anyRunOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
A number is a task of the board here; where there is no such task, or with
--run, it is a node of a run. An id is a task's, a node's or a run's.

Examples:
  $ cord show 12
  $ cord show 4 --run 01a1fd89-829a
  $ cord show 01a1fd89-829a`,
  )
  .action(async (id, { run, json, url }) => {
    const client = await connect(url);
    const { show } = await import("./run/shown.ts");
    return show(client, { id, run }, { json, now: wallClock() });
  });
