import type { Client } from "../../client/client.ts";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { plain } from "../../core/text.ts";
import { counted } from "../../core/wording.ts";
import { print, printJson, tell } from "../output.ts";
import { printNodeDone, steeredTarget, withBelow, type Steered } from "./node-target.ts";

interface Flags {
  run: string | undefined;
  json: boolean | undefined;
}

/** Lets a node go on, with all that is paused below it. */
export async function resumeNode(client: Client, what: Steered, { run, json }: Flags): Promise<void> {
  const done = await client.call("nodes/resume", steeredTarget(what, run));
  const text = withBelow(done.goal, done.below);
  await printNodeDone(done, { node: done.resumed, did: "resumed", text }, json);
  if (done.engines === false && done.run_id !== undefined) sayIdle(done.run_id);
}

/**
 * Lets a run go on: all that is paused in it, and what waits for a limit or a busy API. Throws `conflict` where nothing of
 * it is held up, with how it goes on.
 */
export async function resumeRun(client: Client, what: Steered, { run, json }: Flags): Promise<void> {
  const { run_id, goal, was_held, engines } = await client.call("runs/go-on", {
    run_id: steeredTarget(what, run).run_id ?? "",
  });
  const resumed = await resumedIn(client, run_id);
  const isIdle = engines.length === 0;
  if (resumed === 0 && !was_held) throw nothingHeld(run_id, isIdle);
  if (json) return printJson({ run_id, goal, resumed, was_held, engines });
  const tries = isIdle ? "tries again once an engine works on it" : "tries again now";
  const did = [...(resumed > 0 ? [`${counted(resumed, "node")} resumed`] : []), ...(was_held ? [tries] : [])];
  await print(plain(`run ${shortRun(run_id)} ${did.join(", ")}  ${goal}`));
  if (isIdle) sayIdle(run_id);
}

/** How many nodes were paused. */
async function resumedIn(client: Client, runId: string): Promise<number> {
  const { nodes } = await client.call("runs/get", { run_id: runId });
  const paused = nodes.filter(({ status }) => status === "paused").length;
  if (paused > 0) await client.call("nodes/resume", { run_id: runId, node_id: "#1" });
  return paused;
}

function nothingHeld(runId: string, isIdle: boolean): CordError {
  const name = shortRun(runId);
  return new CordError(
    "conflict",
    isIdle
      ? `No engine works on run ${name}, and nothing in it is paused. "cord run --resume ${name}" goes on with it.`
      : `Run ${name} goes on already: nothing in it is paused or waits for a limit.`,
  );
}

/** Says how a run goes on that nothing will happen in before. */
export function sayIdle(runId: string): void {
  const name = shortRun(runId);
  tell(`No engine works on this run: "cord run --resume ${name}" goes on with it.`);
}
