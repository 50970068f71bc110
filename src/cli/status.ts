import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import { shortRun } from "../core/node-refusal.ts";
import { plain } from "../core/text.ts";
import { outputLook, print, printJson } from "./output.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption } from "./options.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("status")
  .description("Show the board's tasks, agents and runs in a few lines.")
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExample:\n  $ cord status --all")
  .action(async ({ all, project, json, url }) => {
    const client = await connect(url);
    const status = await client.call("daemon/status", all ? {} : { project: projectOf(project) });
    if (json) return printJson(status);
    if (!process.stdout.isTTY) {
      const { statusLines } = await import("./board/script-tables.ts");
      return print(statusLines(client.url, status));
    }
    const tasks = Object.entries(status.tasks).map(([state, count]) =>
      state === "pending" && status.blocked > 0
        ? `${count} pending (${status.blocked} blocked)`
        : `${count} ${state}`,
    );
    const { active, idle, stale } = status.agents;
    const lines = [
      `tasks   ${tasks.join(" · ") || "none"}`,
      `agents  ${active} active · ${idle} idle · ${stale} stale · ${status.agents_in_runs} in runs`,
      `runs    ${status.open_runs} open`,
      `daemon  ${client.url}`,
    ];
    if (status.runs.length === 0) return print(lines.join("\n"));
    const { runTable } = await import("./board/run-table.ts");
    const troubles = status.runs.flatMap(({ id, trouble }) =>
      trouble === null ? [] : [`${shortRun(id)} is parked: ${plain(trouble)}`],
    );
    const runs = runTable(status.runs, wallClock(), outputLook());
    return print([...lines, "", runs, ...troubles].join("\n"));
  });
