import { shortRun } from "../../core/node-refusal.ts";
import type { Agent, Task } from "../../core/task.ts";
import { plain } from "../../core/text.ts";
import { figureTexts, standingText, type Figures } from "../../tui/run/standing.ts";
import { duration } from "../../tui/time.ts";

/**
 * The output for scripts, which is not on a terminal: the columns of the board before this one, in its order and
 * widths, two blanks apart, and nothing cut. New columns may stand only before the last one, and only where a new
 * flag asks for them.
 */

/** Tasks, under ids that a command takes. With projects a column says whose each is. */
export function taskRows(
  tasks: readonly Task[],
  ids: ReadonlyMap<string, string>,
  withProjects: boolean,
): string {
  return padded(
    [
      ["ID", 10],
      ["STATE", 10],
      ["PRIO", 8],
      ["KIND", 10],
      ["CLAIMED_BY", 20],
      ...project(withProjects),
      last,
    ],
    tasks.map((task) => [
      ids.get(task.id) ?? task.id,
      task.state,
      task.priority,
      task.kind,
      task.claimed_by ?? "-",
      ...(withProjects ? [task.project ?? "-"] : []),
      task.name,
    ]),
  );
}

function project(isShown: boolean): Head[] {
  return isShown ? [["PROJECT", 20]] : [];
}

export function agentRows(agents: readonly Agent[]): string {
  return padded(
    [
      ["ID", 22],
      ["NAME", 22],
      ["AGE", 8],
      ["STATUS", 0],
    ],
    agents.map(({ id, name, age_ms, status }) => [id, name, duration(age_ms), status]),
  );
}

/** What of the daemon's status is said. */
interface Status {
  tasks: Readonly<Record<string, number>>;
  agents: Readonly<Record<string, number>>;
  agents_in_runs: number;
  runs: readonly (Figures & { id: string; goal: string; trouble: string | null })[];
}

/**
 * Where the board is and its counts, as the board before this one says them, and under these a line for each run that is open.
 * The agents of runs are counted too.
 */
export function statusLines(url: string, { tasks, agents, agents_in_runs, runs }: Status): string {
  const { pending = 0, claimed = 0 } = tasks;
  const all = Object.values(tasks).reduce((sum, count) => sum + count, 0);
  const seen = Object.values(agents).reduce((sum, count) => sum + count, agents_in_runs);
  return [
    `cord (${url})`,
    `  agents     : ${seen}`,
    `  tasks      : ${all} (pending: ${pending}, claimed: ${claimed})`,
    ...runs.map((run) => `  run        : ${runLine(run)}`),
  ].join("\n");
}

function runLine(run: Status["runs"][number]): string {
  const stand = run.trouble === null ? standingText(run) : `${standingText(run)} (${run.trouble})`;
  return [shortRun(run.id), stand, ...figureTexts(run), run.goal].map(plain).join("  ");
}

type Head = readonly [title: string, width: number];

const last: Head = ["NAME", 0];

/** Padded by characters, as the original does, whatever their width on a screen. Text of others is one line each. */
function padded(heads: readonly Head[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => `${cell}${" ".repeat(Math.max(0, (heads[at]?.[1] ?? 0) - [...cell].length))}`)
      .join("  ");
  return [line(heads.map(([title]) => title)), ...rows.map((cells) => line(cells.map(plain)))].join("\n");
}
