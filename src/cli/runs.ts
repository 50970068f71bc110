import { Command } from "@commander-js/extra-typings";
import { CordError } from "../core/error.ts";
import { limits } from "../core/limits.ts";
import { connect } from "../client/connect.ts";
import { outputLook, print, printJson } from "./output.ts";
import { runTable } from "./board/run-table.ts";
import { allOption, jsonOption, projectOf, projectOption, urlOption, countUpTo, seconds } from "./options.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("runs")
  .description("List the runs of this project, newest first, or show one. Remove those that are over.")
  .argument("[run]", "its id, or a unique beginning of it, of any project; or rm")
  .argument("[runs...]", "rm: those to remove, with all that is kept of them")
  .option("--limit <n>", "how many (default: 20)", countUpTo(1, limits.listed))
  .option("--older-than <duration>", "rm: all that have been over for so long, such as 30d", seconds)
  .option("--all-ended", "rm: all that are over")
  .option("--force", "rm: also one that is not over, if no engine works on it")
  .option("--dry-run", "rm: show what would be removed, and how large it is")
  .option("-y, --yes", "rm: do not ask")
  .addOption(allOption())
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
A run is kept until it is removed: its nodes, attempts, events, messages and
questions, and on this machine its agents' output. Notes in a vault stay. What
is removed is gone for good; "cord report RUN --html FILE.html" keeps a page.

Examples:
  $ cord runs
  $ cord runs 01a1fd89
  $ cord runs --all --json
  $ cord runs rm 01a1fd89
  $ cord runs rm --older-than 30d --dry-run
  $ cord runs rm --all-ended --all --yes`,
  )
  .action(async (run, runs, { limit, all, project, json, url, ...removal }) => {
    const of = all ? {} : { project: projectOf(project) };
    if (run === "rm") {
      refuse({ limit }, (flag) => `cord runs rm takes no ${flag}.`);
      const { olderThan, allEnded, force, dryRun, yes } = removal;
      const olderThanSeconds = olderThan ?? (allEnded ? 0 : null);
      if (runs.length === 0 && olderThanSeconds === null)
        throw new CordError(
          "usage",
          'Say which runs: cord runs rm 01a1fd89, or --older-than 30d, or --all-ended. "cord runs" lists them.',
        );
      const { removeRuns } = await import("./runs/remove.ts");
      const choice = { ids: runs, olderThanSeconds, project: of.project, force: force === true };
      const how = { dryRun: dryRun === true, yes: yes === true, json: json === true };
      return removeRuns(await connect(url), choice, how);
    }
    refuse(removal, (flag) => `${flag} goes with rm: cord runs rm ${flag}`);
    if (runs.length > 0)
      throw new CordError("usage", "One run is shown at a time, and several removed by rm.");
    const client = await connect(url);
    if (run !== undefined) {
      const snapshot = await client.call("runs/get", { run_id: run });
      if (json) return printJson(snapshot.run);
      const { runFacts } = await import("./run/run-facts.ts");
      const result = await client.call("runs/result", { run_id: snapshot.run.id });
      return print(runFacts(snapshot, result, wallClock()));
    }
    const listed = await client.call("runs/list", { limit: limit ?? defaultLimit, ...of });
    if (json) return printJson(listed);
    if (listed.length === 0)
      return print('No runs here yet. Start one with "cord run", or see all with --all.');
    return print(runTable(listed, wallClock(), outputLook()));
  });

const defaultLimit = 20;

function refuse(flags: Readonly<Record<string, unknown>>, why: (flag: string) => string): void {
  const wrong = Object.keys(flags).find((name) => flags[name] !== undefined);
  if (wrong === undefined) return;
  const flag = `--${wrong.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new CordError("usage", why(flag));
}
