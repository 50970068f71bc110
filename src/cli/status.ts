import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/daemon.ts";
import { print, printJson } from "./board/output.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption } from "./options.ts";

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
      const agents = Object.values(status.agents).reduce((sum, count) => sum + count, 0);
      return print(statusLines(client.url, status.tasks, agents));
    }
    const tasks = Object.entries(status.tasks).map(([state, count]) =>
      state === "pending" && status.blocked > 0
        ? `${count} pending (${status.blocked} blocked)`
        : `${count} ${state}`,
    );
    const { active, idle, stale } = status.agents;
    return print(
      [
        `tasks   ${tasks.join(" · ") || "none"}`,
        `agents  ${active} active · ${idle} idle · ${stale} stale`,
        `runs    ${status.open_runs} open`,
        `daemon  ${client.url}`,
      ].join("\n"),
    );
  });
