import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption } from "./options.ts";
import { outputLook, print, printJson } from "./output.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("reservations")
  .description("List the files that are reserved in this project: by whom, until when and why.")
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord reservations")
  .action(async ({ all, project, json, url }) => {
    const client = await connect(url);
    const reservations = await client.call("files/list", all ? {} : { project: projectOf(project) });
    if (json) return printJson(reservations);
    const { reservationTable } = await import("./board/reservation-table.ts");
    return print(reservationTable(reservations, wallClock(), outputLook()));
  });
