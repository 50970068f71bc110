import { Command, Option } from "@commander-js/extra-typings";
import type { Client } from "../client/client.ts";
import { connect } from "../client/daemon.ts";
import { askedProjects, elsewhere } from "../core/project.ts";
import { recipient, stateOption, toOption, wordsOption } from "./board/flags.ts";
import { outputLook, print, printJson } from "./board/output.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption, wholeNumber } from "./options.ts";

export const command = new Command("tasks")
  .description("List the tasks of this project, the newest first.")
  .addOption(
    new Option("--limit <number>", "at most this many").default(50).argParser(wholeNumber(0, 1_000_000)),
  )
  .addOption(wordsOption("--kind <kinds>", "only these kinds, such as bug,task"))
  .addOption(stateOption())
  .addOption(wordsOption("--priority <priorities>", "only these, such as high,urgent"))
  .addOption(toOption())
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExamples:\n  $ cord tasks --state pending\n  $ cord tasks --to me --state pending")
  .action(async ({ limit, kind, state, priority, to, all, project, json, url }) => {
    const client = await connect(url);
    const own = all ? null : projectOf(project);
    const where = own === null ? {} : { project: own };
    const filter = { kind, state, priority, to: recipient(to), ...where };
    const tasks =
      limit === 0 ? [] : await client.call("tasks/list", { ...filter, limit: Math.min(limit, mostListed) });
    if (own !== null && limit > 0 && tasks.length === 0) await sayElsewhere(client, own);
    if (json) return printJson(tasks);
    if (!process.stdout.isTTY) {
      const [{ taskRows }, { shortIds }] = await Promise.all([
        import("./board/script-tables.ts"),
        import("../core/short-id.ts"),
      ]);
      return print(taskRows(tasks, shortIds(tasks.map(({ id }) => id)), all === true));
    }
    const { taskTable } = await import("./board/views.ts");
    return print(taskTable(tasks, Date.now(), { ...outputLook(), projects: all === true }));
  });

/** Whoever looks in the wrong project should not think that there is nothing at all. Beside the list: scripts read that. */
async function sayElsewhere(client: Client, own: string): Promise<void> {
  // an older daemon does not know of it
  const projects = await client.call("projects/list", { limit: askedProjects }).catch(() => []);
  const said = elsewhere(projects, own);
  if (said !== null) process.stderr.write(`${said} "cord tasks --all" lists them.\n`);
}

/** What one answer of the daemon lists. */
const mostListed = 1000;
