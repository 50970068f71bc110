import { Command, Option } from "@commander-js/extra-typings";
import type { Client } from "../client/client.ts";
import { connect } from "../client/connect.ts";
import { askedProjects, elsewhere } from "../core/project.ts";
import { recipient, stateOption, toOption, wordsOption } from "./board/flags.ts";
import { cutLine, listTasks, scriptRows, sorts } from "./board/listing.ts";
import { outputLook, print, printJson, tell } from "./output.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption, countUpTo } from "./options.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("tasks")
  .description("List the tasks of this project, the newest first.")
  .addOption(
    new Option("--limit <number>", "at most this many").default(50).argParser(countUpTo(0, 1_000_000)),
  )
  .addOption(wordsOption("--kind <kinds>", "only these kinds, such as bug,task"))
  .addOption(stateOption())
  .addOption(wordsOption("--priority <priorities>", "only these, such as high,urgent"))
  .option("--ready", "only what can be claimed now, the most urgent first")
  .option("--search <text>", "only tasks with this in their name, in any case")
  .addOption(toOption())
  .addOption(new Option("--sort <order>", "the order of the list").choices(sorts))
  .option("--watch", "keep the list up to date, until Ctrl-C")
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord tasks --state pending --search login
  $ cord tasks --to me --ready
  $ cord tasks --sort priority --watch`,
  )
  .action(
    async ({ limit, kind, state, priority, ready, search, to, sort, watch, all, project, json, url }) => {
      const client = await connect(url);
      const own = all ? null : projectOf(project);
      const where = own === null ? {} : { project: own };
      const filter = { kind, state, priority, ready, name_contains: search, to: recipient(to), ...where };
      const wanted = { filter, limit, sort: sort ?? null, isWhole: json === true };
      if (watch) {
        const { watchTasks } = await import("./board/watching.ts");
        process.exitCode = await watchTasks(client, wanted, { json: json === true, projects: all === true });
        return;
      }
      const listed = await listTasks(client, wanted);
      // what is everybody's is listed under any name, a mistyped one too
      const isSeen = listed.tasks.some((task) => project === undefined || task.project === own);
      if (own !== null && limit > 0 && !isSeen) await sayElsewhere(client, own);
      const cut = cutLine(listed);
      if (cut !== null && (json || !process.stdout.isTTY)) tell(cut);
      if (json) return printJson(listed.tasks);
      if (!process.stdout.isTTY) {
        return print(await scriptRows(client, listed.tasks, all === true));
      }
      const { taskTable } = await import("./board/views.ts");
      const table = taskTable(listed.tasks, wallClock(), { ...outputLook(), projects: all === true });
      return print([table, ...(cut === null ? [] : [cut])].join("\n"));
    },
  );

/** Whoever looks in the wrong project should not think that there is nothing at all. Beside the list: scripts read that. */
async function sayElsewhere(client: Client, own: string): Promise<void> {
  // an older daemon does not know of it
  const projects = await client.call("projects/list", { limit: askedProjects }).catch(() => []);
  const said = elsewhere(projects, own);
  if (said !== null) tell(`${said} "cord tasks --all" lists them.`);
}
