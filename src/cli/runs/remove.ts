import type { Client } from "../../client/client.ts";
import { outputSize, removeOutput } from "../../client/run-outputs.ts";
import { bytes } from "../../core/bytes.ts";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { plain } from "../../core/text.ts";
import { counted } from "../../core/wording.ts";
import { wallClock } from "../../system/wall-clock.ts";
import { standingText, standingTones } from "../../tui/run/standing.ts";
import { duration } from "../../tui/time.ts";
import { outputLook, print, printJson, tell } from "../output.ts";
import { agrees } from "../settings/apply.ts";
import { table, type Column } from "../table.ts";
import { chosenRuns, type Choice, type Chosen } from "./chosen.ts";

interface How {
  dryRun: boolean;
  yes: boolean;
  json: boolean;
}

/** What has gone of a run. */
interface Gone {
  run_id: string;
  goal: string | null;
  nodes: number;
  attempts: number;
  events: number;
  /** of its agents' output on this machine */
  output_bytes: number;
}

/**
 * Removes runs that are over, after a question on a terminal. Throws `usage` where nobody can be asked, and `interrupted` when
 * the question is left.
 */
export async function removeRuns(client: Client, choice: Choice, how: How): Promise<void> {
  const chosen = await chosenRuns(client, choice);
  if (chosen.length === 0) {
    if (how.json) return printJson(how.dryRun ? planned([]) : { removed: [], freed_bytes: 0 });
    return print("There is no such run: nothing is to be removed.");
  }
  if (how.dryRun) return how.json ? printJson(planned(chosen)) : print(shown(chosen));
  if (!how.yes) await askAbout(chosen);
  const gone: Gone[] = [];
  for (const one of chosen) {
    gone.push(await removeOne(client, one));
    if (!how.json) await print(lineOf(gone.at(-1), one));
  }
  if (how.json) return printJson({ removed: gone, freed_bytes: freed(gone) });
  await print(summary(gone));
  if (chosen.length >= limits.listed)
    tell(`These were ${limits.listed} of them, as many as one call takes. Call again for the others.`);
}

async function askAbout(chosen: readonly Chosen[]): Promise<void> {
  const what = counted(chosen.length, "run");
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CordError(
      "usage",
      `${what} would be removed for good, and nobody can be asked here. --yes removes, and --dry-run shows them.`,
    );
  tell(shown(chosen));
  const question = `Remove ${chosen.length === 1 ? "this run" : `these ${chosen.length} runs`} for good?`;
  if (!(await agrees(question, nothingDone))) throw new CordError("interrupted", nothingDone);
}

const nothingDone = "Nothing was removed.";

/** A disk that is slow takes a second for so many, and half a minute for those of a large run. */
const manyFiles = 1000;

/** Its rows first, so that nobody sees a run whose output is half gone. */
async function removeOne(client: Client, { id, run }: Chosen): Promise<Gone> {
  const gone: Gone = {
    run_id: id,
    goal: run?.goal ?? null,
    nodes: 0,
    attempts: 0,
    events: 0,
    output_bytes: 0,
  };
  if (run?.ended_at === null)
    await client.call("nodes/stop", { run_id: id, node_id: "#1", reason: "its run was removed" });
  for (let more = true; more;) {
    const answer = await client.call("runs/remove", { run_id: id }).catch((error: unknown) => {
      if (run === null && error instanceof CordError && error.code === "not_found") return null;
      throw error;
    });
    if (answer === null) break;
    gone.nodes += answer.removed.nodes;
    gone.attempts += answer.removed.attempts;
    gone.events += answer.removed.events;
    ({ more } = answer);
    if (more)
      tell(`${shortRun(id)}: ${counted(gone.events, "event")} and ${counted(gone.nodes, "node")} so far`);
  }
  const size = outputSize(id);
  if (size !== null && size.files >= manyFiles)
    tell(
      `${shortRun(id)}: removing ${counted(size.files, "file")} of output, which may take a while. If it is cut off, "cord runs rm ${id}" goes on.`,
    );
  removeOutput(id);
  return { ...gone, output_bytes: size?.bytes ?? 0 };
}

function planned(chosen: readonly Chosen[]) {
  return {
    would_remove: chosen.map(({ id, run, output }) => ({
      run_id: id,
      goal: run?.goal ?? null,
      standing: run?.standing ?? null,
      ended_at: run?.ended_at ?? null,
      nodes: run?.nodes ?? 0,
      output_bytes: output?.bytes ?? 0,
    })),
  };
}

function shown(chosen: readonly Chosen[]): string {
  const now = wallClock();
  const columns: Column<Chosen>[] = [
    { title: "ID", rank: 1, cell: ({ id }) => shortRun(id) },
    {
      title: "OVER FOR",
      rank: 4,
      cell: ({ run }) => (run?.ended_at ? duration(now - Date.parse(run.ended_at)) : "-"),
    },
    {
      title: "STATE",
      rank: 3,
      cell: ({ run }) => (run === null ? "removed" : standingText(run)),
      tone: ({ run }) => (run === null ? undefined : standingTones[run.standing]),
    },
    { title: "NODES", rank: 6, cell: ({ run }) => String(run?.nodes ?? "-") },
    { title: "OUTPUT", rank: 5, cell: ({ output }) => (output === null ? "-" : bytes(output.bytes)) },
    { title: "GOAL", rank: 2, cell: ({ run }) => run?.goal ?? "its output only", min: 10 },
  ];
  return `${table(columns, chosen, outputLook())}\n${counted(chosen.length, "run")}, with ${bytes(outputOf(chosen))} of output on this machine.`;
}

function outputOf(chosen: readonly Chosen[]): number {
  return chosen.reduce((sum, { output }) => sum + (output?.bytes ?? 0), 0);
}

function lineOf(gone: Gone | undefined, { output }: Chosen): string {
  if (gone === undefined) return "";
  const rows = `${counted(gone.nodes, "node")}, ${counted(gone.attempts, "attempt")}, ${counted(gone.events, "event")}`;
  const outputs = output === null ? "no output on this machine" : `${bytes(gone.output_bytes)} of output`;
  return plain(`${shortRun(gone.run_id)} removed  ${gone.goal ?? ""}  (${rows}; ${outputs})`);
}

function summary(gone: readonly Gone[]): string {
  return `${counted(gone.length, "run")} removed, and ${bytes(freed(gone))} of output with ${gone.length === 1 ? "it" : "them"}. The database gives back the room of the rest by itself, within minutes. Notes in a vault are yours, and stay.`;
}

function freed(gone: readonly Gone[]): number {
  return gone.reduce((sum, { output_bytes }) => sum + output_bytes, 0);
}
