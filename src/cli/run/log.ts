import { readdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import type { CheckRun } from "../../core/check.ts";
import type { Client } from "../../client/client.ts";
import { followEvents } from "../../client/events.ts";
import { CordError } from "../../core/error.ts";
import { finalStatuses, nodeNames } from "../../core/words.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { Follower } from "../../engine/process/follow.ts";
import { keptOutput, outputRemoved, readOutput } from "../../engine/process/kept-output.ts";
import { outputFile } from "../../core/output-files.ts";
import { removedSentence } from "../../core/output-removed.ts";
import { tell } from "../output.ts";
import { LogPrinter, type LogForm } from "./log-printer.ts";

/** Whose log is printed, and how. */
interface Wanted {
  client: Client;
  runId: string;
  number: number;
  form: LogForm;
}

/** What an attempt of the node has written, the last one unless its epoch is given. Throws `not_found` where there is no log. */
export async function printAttempt(wanted: Wanted, attempt: number | undefined): Promise<void> {
  const { node, agent } = await look(wanted);
  const folders = attemptFolders(node);
  const folder = attempt === undefined ? folders.at(-1) : folders.find(({ epoch }) => epoch === attempt);
  if (!folder) throw new CordError("not_found", noLog(wanted, node, folders));
  return printLog(wanted, folder, agent);
}

/** Prints the log of the node's attempt as it is written, to its end. One that has not started is waited for, and that is said. */
export async function followNode(wanted: Wanted): Promise<void> {
  const { node, agent } = await started(wanted);
  const folder = attemptFolders(node).at(-1);
  if (!folder) throw new CordError("not_found", noLog(wanted, node, []));
  const isRunning = node.status === "active" && folder.epoch === node.epoch;
  return isRunning ? followLog(wanted, folder, agent) : printLog(wanted, folder, agent);
}

type Looked = Awaited<ReturnType<typeof look>>;
type Node = Looked["node"];

async function look({ client, runId, number }: Wanted) {
  const { run, nodes, seq } = await client.call("runs/get", { run_id: runId });
  const node = nodes.find((node) => node.number === number);
  if (node) return { run, node, seq, agent: node.agent ?? run.options.agent };
  throw new CordError(
    "not_found",
    `There is no node #${number} in run ${shortRun(runId)}. "cord tree ${shortRun(runId)}" shows those there are.`,
  );
}

/** The node, once an attempt of it runs and writes, or once it has ended. */
async function started(wanted: Wanted): Promise<Looked> {
  const { client, runId, number } = wanted;
  let now = await look(wanted);
  if (hasStarted(now.node)) return now;
  sayWaiting(now);
  const stop = new AbortController();
  const events = followEvents(client, { run_id: runId }, now.seq, stop.signal);
  for await (const event of events) {
    if (event.number !== number && event.type !== "run.ended") continue;
    now = await look(wanted);
    if (hasStarted(now.node)) break;
  }
  stop.abort();
  return now;
}

function hasStarted({ number, status, epoch, dir }: Node): boolean {
  if (finalStatuses.includes(status)) return true;
  return status === "active" && dir !== null && dir.endsWith(`${number}-${epoch}`);
}

function sayWaiting({ run, node }: Looked): void {
  const needs = nodeNames(node.needs);
  const why = node.status === "pending" && needs !== "" ? ` and needs ${needs}` : "";
  const idle =
    run.standing === "interrupted"
      ? ` No engine works on this run: "cord run --resume ${shortRun(run.id)}" goes on with it.`
      : "";
  tell(
    `#${node.number} is ${node.status}${why}; its log is printed once an agent works on it. Ctrl-C ends the wait.${idle}`,
  );
}

function noLog({ runId }: Wanted, node: Node, folders: readonly AttemptFolder[]): string {
  const name = `#${node.number} of run ${shortRun(runId)}`;
  if (node.attempts === 0 && node.ended_at !== null)
    return `${name} was never started: it is ${node.status}${node.reason === null ? "" : `, ${node.reason}`}.`;
  if (node.attempts === 0)
    return `${name} has not been started yet. "cord logs ${node.number} -f --run ${shortRun(runId)}" waits for its start.`;
  const removed = node.dir === null ? null : outputRemoved(dirname(node.dir));
  if (removed !== null) return `The log of ${name} is gone: ${removedSentence(removed)}`;
  if (folders.length === 0) return `The log of ${name} is not on this machine.`;
  return `${name} has no such attempt. There are: ${folders.map(({ epoch }) => epoch).join(", ")}.`;
}

interface AttemptFolder {
  epoch: number;
  dir: string;
}

/** The folders that a node's attempts have left on this machine, oldest first. */
function attemptFolders(node: { number: number; dir: string | null }): AttemptFolder[] {
  if (node.dir === null) return [];
  const parent = dirname(node.dir);
  const prefix = `${node.number}-`;
  return namesIn(parent)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ epoch: Number(name.slice(prefix.length)), dir: join(parent, name) }))
    .toSorted((left, right) => left.epoch - right.epoch);
}

/** What the attempt has written so far, and its checks. */
async function printLog(
  { client, runId, number, form }: Wanted,
  attempt: AttemptFolder,
  agent: string,
): Promise<void> {
  const found = keptOutput(attempt.dir);
  if (!("path" in found)) {
    const why = found.state === "removed" ? removedSentence(found.removed) : "it is not on this machine.";
    throw new CordError(
      "not_found",
      `The log of attempt ${attempt.epoch} at #${number} of run ${shortRun(runId)} is gone: ${why}`,
    );
  }
  const printer = new LogPrinter(form, { agent, number, attempt: attempt.epoch });
  await readOutput(found, printer.take);
  printer.checks(await checksOf({ client, runId, number }, attempt));
  await printer.printed;
}

async function checksOf(
  { client, runId, number }: Pick<Wanted, "client" | "runId" | "number">,
  { epoch }: AttemptFolder,
): Promise<CheckRun[]> {
  const { nodes } = await client.call("runs/record", { run_id: runId, after: number - 1 });
  const attempts = nodes.find((node) => node.number === number)?.attempts ?? [];
  return attempts.find(({ attempt }) => attempt === epoch)?.checks ?? [];
}

/** Prints as it is written, until the daemon says that the attempt has ended. */
async function followLog(
  { client, runId, number, form }: Wanted,
  attempt: AttemptFolder,
  agent: string,
): Promise<void> {
  const stop = new AbortController();
  const printer = new LogPrinter(form, { agent, number, attempt: attempt.epoch }, () => stop.abort());
  const follower = new Follower(join(attempt.dir, outputFile), printer.take);
  const read = () => {
    while (follower.read());
  };
  const tellChecks = async () => printer.checks(await checksOf({ client, runId, number }, attempt));
  const watcher = watch(join(attempt.dir, outputFile), read);
  try {
    read();
    const { seq, nodes } = await client.call("runs/get", { run_id: runId });
    await tellChecks();
    const still = nodes.find((node) => node.number === number);
    if (still?.status !== "active" || still.epoch !== attempt.epoch) return;
    for await (const event of followEvents(client, { run_id: runId }, seq, stop.signal)) {
      if (event.type === "attempt.checked" && event.number === number) await tellChecks();
      if (event.type === "attempt.ended" && event.number === number && event.data.attempt === attempt.epoch)
        break;
      if (event.type === "run.ended") break;
    }
  } finally {
    stop.abort();
    watcher.close();
    await follower.finish();
    await printer.printed;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
