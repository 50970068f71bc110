import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { tabSettings } from "../client/project/tab-settings.ts";
import { tabBounds } from "../core/limits.ts";
import { asOption } from "./board/flags.ts";
import { pathFrom } from "./board/patterns.ts";
import { requireActor } from "./board/who.ts";
import { currentFolder, jsonOption, projectOf, projectOption, urlOption, wholeNumber } from "./options.ts";
import { printDone } from "./output.ts";

const { min, max, default: minutes } = tabBounds.reservationMinutes;

export const command = new Command("reserve")
  .description(
    "Reserve files before you edit them. Other agents are told when they are about to edit one, or refused, as [tabs] in .cord/config.toml says.",
  )
  .argument("<pattern...>", "files and folders, or patterns with *, ** and ?, in quotes")
  .option(
    "--minutes <n>",
    `for how long (default: ${minutes}); it is renewed while the agent's tab is open`,
    wholeNumber(min, max),
  )
  .option("--shared", "others may reserve the same, if they share it too")
  .option("--why <text>", "what the others are told")
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
It holds in this checkout, and in no other work tree. An edit by a command of a
shell, as sed -i, is not seen: "cord init --guard" has git refuse to commit it.

Examples:
  $ cord reserve src/api "src/**/*.sql" --why "the new schema" --as alice
  $ cord reserve README.md --minutes 60 --shared`,
  )
  .action(async (patterns, { minutes: asked, shared, why, as, project, json, url }) => {
    const folder = currentFolder();
    const client = await connect(url);
    const agentId = await requireActor(client, as);
    const reservation = await client.call("files/reserve", {
      paths: patterns.map((pattern) => pathFrom(folder, pattern)),
      ...(asked === undefined ? {} : { minutes: asked }),
      ...(shared ? { shared } : {}),
      ...(why === undefined ? {} : { reason: why }),
      folder,
      mode: tabSettings(folder).reservations,
      agentId,
      project: projectOf(project),
    });
    return printDone(reservation, json, async () => {
      const { reservedLine } = await import("./board/reservation-table.ts");
      return reservedLine(reservation);
    });
  });
