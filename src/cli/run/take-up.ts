import { statSync } from "node:fs";
import { homedir } from "node:os";
import { limits } from "../../core/limits.ts";
import { tell } from "../output.ts";
import { counted } from "../../core/wording.ts";
import { environment } from "../../system/environment.ts";
import type { Client } from "../../client/client.ts";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { postedIn } from "../../core/project.ts";
import type { Run, RunOptions } from "../../core/run.ts";
import { plain } from "../../core/text.ts";
import { agentNamed } from "../../engine/agents/agents.ts";
import { isDeadEngine } from "../../engine/name.ts";
import { spentText } from "../../tui/time.ts";
import { projectOf } from "../options.ts";

/** Makes of a run's options those it goes on with in a folder. Throws what keeps its agents from starting there. */
type Prepare = (options: RunOptions, cwd: string) => Promise<RunOptions>;

/**
 * The run to resume: the named one, else the newest open run of this project that nobody works on. A run with an
 * engine at work is joined only by name; an ended run is reopened if something failed or was cut off. Says which run
 * it is and whether it is joined. Throws `not_found` or `conflict` where there is none.
 */
export async function takeUpRun(client: Client, named: string | true, prepare: Prepare): Promise<string> {
  const run =
    named === true ? await newestIdle(client) : (await client.call("runs/get", { run_id: named })).run;
  const moved = isGone(run.cwd) ? await movedTo(run) : null;
  const options = await prepare(run.options, moved?.cwd ?? run.cwd ?? process.cwd());
  const name = `Run ${shortRun(run.id)} (${plain(run.goal)})`;
  if (run.ended_at !== null) {
    const { retried } = await client.call("runs/reopen", { run_id: run.id, options });
    tell(`${name} was over; ${areRetried(retried)}.`);
  } else if (mayTryLost(run, options)) {
    const { retried } = await client.call("runs/reopen", { run_id: run.id, options }).catch(unlessNothing);
    tell(`${name} goes on${retried.length === 0 ? "" : `; ${areRetried(retried)}`}.`);
  } else if (isWorkedOn(run))
    tell(`Joined run ${shortRun(run.id)} (${plain(run.goal)}): another engine works on it, too.`);
  else if (named === true) tell(`${name} goes on.`);
  if (moved !== null) await bringSessions(client, run, moved.cwd);
  if (run.ended_at === null || moved !== null)
    await client.call("runs/modify", { run_id: run.id, options, ...moved });
  if (run.status === "paused")
    tell(`It is paused: "cord resume ${shortRun(run.id)}", or p on #1 in its tree, lets it go on.`);
  return run.id;
}

function areRetried({ length }: readonly string[]): string {
  return counted(length, "node is tried again", "nodes are tried again");
}

/** An interrupted run that gets more money, tokens or time retries what it has lost, as an ended run does. */
function mayTryLost(run: Run, options: RunOptions): boolean {
  const isRaised = raisable.some((limit) => isMore(options[limit], run.options[limit]));
  return run.lost > 0 && !isWorkedOn(run) && (isRaised || run.limit_hit === "time");
}

const raisable = ["total_budget_usd", "budget_usd", "total_tokens"] as const;

/** Null is without a limit. */
function isMore(limit: number | null, before: number | null): boolean {
  return before !== null && (limit === null || limit > before);
}

/** All that was lost may hang on what somebody stopped. */
function unlessNothing(error: unknown): { retried: string[] } {
  if (error instanceof CordError && error.code === "conflict") return { retried: [] };
  throw error;
}

/** So that agents which were interrupted go on in their sessions where their project is now. */
async function bringSessions(client: Client, { id, cwd, options }: Run, to: string): Promise<void> {
  const agent = agentNamed(options.agent);
  const { nodes } = await client.call("runs/get", { run_id: id });
  for (const { session } of nodes)
    if (cwd !== null && session !== null) agent.bringSession?.(session, { from: cwd, to }, environment);
}

/** The newest open run of this project with this goal that nobody works on, and that the same agent would do. */
export async function interruptedLike(
  client: Client,
  { goal, agent }: { goal: string; agent: string },
): Promise<Run | null> {
  const like = (await openHere(client)).find(
    (run) => run.goal === goal && run.options.agent === agent && !isWorkedOn(run),
  );
  return like ?? null;
}

/**
 * Whether to resume an interrupted run of the same plan instead of paying again for its finished work: asks the
 * person on a terminal, else only says so. Throws `interrupted` if the person leaves.
 */
export async function wantsToGoOn(run: Run): Promise<boolean> {
  const done = `${run.done} of ${counted(run.nodes, "node")} done, ${spentText(run)}`;
  if (!isAsked()) {
    tell(
      `Run ${shortRun(run.id)} of this goal was interrupted (${done}): "cord run --resume ${shortRun(run.id)}" goes on with it. This one starts anew.`,
    );
    return false;
  }
  const { isCancel, select } = await import("@clack/prompts");
  const chosen = await select({
    message: `Run ${shortRun(run.id)} of this goal was interrupted (${done}).`,
    options: [
      { value: true, label: "Go on with it" },
      { value: false, label: "Start anew" },
    ],
    output: process.stderr,
  });
  if (isCancel(chosen)) throw new CordError("interrupted", "cord run: nothing was started.");
  return chosen;
}

/** Those of no project are listed too, and are not taken up unasked. */
async function openHere(client: Client): Promise<Run[]> {
  const project = projectOf();
  const runs = await client.call("runs/list", { project, limit: limits.listed, open: true });
  return runs.filter((run) => run.project === postedIn(project));
}

async function newestIdle(client: Client): Promise<Run> {
  const open = await openHere(client);
  const idle = open.find((run) => !isWorkedOn(run));
  if (idle) return idle;
  const [newest] = open;
  if (newest)
    throw new CordError(
      "conflict",
      `Run ${shortRun(newest.id)} (${newest.goal}) is being worked on, and no other run of this project is open. "cord run --resume ${shortRun(newest.id)}" joins it.`,
    );
  throw new CordError(
    "not_found",
    'No run of this project is open. "cord runs --all" shows those of others; go on with one by "cord run --resume ID".',
  );
}

/** An engine that was killed is still on the list for as long as its lease. */
function isWorkedOn({ engines }: Run): boolean {
  return engines.some((name) => !isDeadEngine(name));
}

function isGone(cwd: string | null): boolean {
  return cwd !== null && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory();
}

/**
 * Where the run's project is now that its folder is gone: here, as this was called here with the run's name. A person on a terminal
 * is asked; elsewhere it is said.
 */
async function movedTo({ id, cwd }: Run): Promise<{ cwd: string; project: string }> {
  const here = process.cwd();
  const gone = `The folder of run ${shortRun(id)}, ${plain(cwd ?? "")}, is gone`;
  // nobody keeps a project there, and agents may do anything in it
  if (here === homedir() || here === "/")
    throw new CordError("conflict", `${gone}. Call this in the folder where its project is now.`);
  if (!isAsked()) tell(`${gone}; its agents work in ${plain(here)} from now on.`);
  else {
    const { confirm, isCancel } = await import("@clack/prompts");
    const agreed = await confirm({ message: `${gone}. Go on in ${plain(here)}?`, output: process.stderr });
    if (isCancel(agreed) || !agreed)
      throw new CordError(
        "interrupted",
        "cord run: nothing was started. Call this where the project is now.",
      );
  }
  return { cwd: here, project: projectOf() };
}

function isAsked(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}
