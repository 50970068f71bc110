import type { Client } from "../../client/client.ts";
import { outputSize, runsWithOutput } from "../../client/run-outputs.ts";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { shortRun } from "../../core/node-refusal.ts";
import type { Run } from "../../core/run.ts";
import { plain } from "../../core/text.ts";
import type { FolderSize } from "../../system/folder-size.ts";
import { wallClock } from "../../system/wall-clock.ts";

/** Which runs are to be removed. */
export interface Choice {
  ids: readonly string[];
  /** all that have been over for so long; 0: all that are over; null: those that are named */
  olderThanSeconds: number | null;
  /** undefined: of all projects */
  project: string | undefined;
  /** also what is not over, where no engine works on it */
  force: boolean;
}

/** A run that is to be removed. */
export interface Chosen {
  id: string;
  /** null: the database does not have it any more, or never had it */
  run: Run | null;
  /** of its agents' output here; null: there is none */
  output: FolderSize | null;
}

/** The runs that are meant, each once. Throws `conflict` for one that is not over, before anything is removed. */
export async function chosenRuns(client: Client, choice: Choice): Promise<Chosen[]> {
  const { ids, olderThanSeconds, project, force } = choice;
  const chosen = new Map<string, Chosen>();
  for (const id of ids) {
    const named = await namedRun(client, id);
    chosen.set(named.id, named);
  }
  if (olderThanSeconds !== null) {
    const before = wallClock() - olderThanSeconds * 1000;
    const runs = await client.call("runs/list", {
      limit: limits.listed,
      ended_before: new Date(before).toISOString(),
      ...(project === undefined ? {} : { project }),
    });
    for (const run of runs)
      // an older daemon knows nothing of ended_before, and lists all
      if (run.ended_at !== null && Date.parse(run.ended_at) <= before)
        chosen.set(run.id, { id: run.id, run, output: outputSize(run.id) });
  }
  for (const { run } of chosen.values()) if (run !== null) refuseOpen(run, force);
  return [...chosen.values()];
}

/** By an id or the beginning of one. What a removal has left that was cut off is found by its output. */
async function namedRun(client: Client, named: string): Promise<Chosen> {
  try {
    const { run } = await client.call("runs/get", { run_id: named });
    return { id: run.id, run, output: outputSize(run.id) };
  } catch (error) {
    if (!(error instanceof CordError) || error.code !== "not_found") throw error;
    const left = runsWithOutput().filter((id) => named.length >= minLength && id.startsWith(named));
    const [id] = left;
    if (id === undefined || left.length > 1) throw error;
    return { id, run: null, output: outputSize(id) };
  }
}

const minLength = 8;

function refuseOpen(run: Run, force: boolean): void {
  const name = shortRun(run.id);
  if (run.engines.length > 0)
    throw new CordError(
      "conflict",
      `An engine works on run ${name} (${plain(run.engines.join(", "))}), and nothing was removed. End it first: cord stop ${name}`,
    );
  if (run.ended_at !== null || force) return;
  throw new CordError(
    "conflict",
    `Run ${name} is not over: it is ${run.standing}, and nothing was removed. "cord run --resume ${name}" goes on with it; --force ends and removes it.`,
  );
}
