import type { Client } from "../../client/client.ts";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { nodeNamePattern, nodeNumber } from "../../core/words.ts";
import type { WholeTask } from "../../core/task.ts";
import { nothingNumbered } from "../board/addressed.ts";
import { taskNamed } from "../board/flags.ts";
import { print, printJson, tell } from "../output.ts";
import { projectOf } from "../options.ts";
import { nodePage } from "./node-page.ts";
import { printReport } from "./report.ts";

/** What a person names: a task or node by its number or id, a run by its id; `run` says that it is a node, and of which. */
interface Named {
  id: string;
  run: string | undefined;
}

interface As {
  json: boolean | undefined;
  /** the time, for the ages of things */
  now: number;
}

/**
 * Shows the task, node or run that is named. A number means a task of the board, and a node where the board has no
 * such task. Throws `not_found` when it names nothing, and `conflict` when a beginning fits both a task and a run.
 */
export async function show(client: Client, { id, run }: Named, as: As): Promise<void> {
  const isNumber = nodeNamePattern.test(id);
  if (run !== undefined && !isNumber)
    throw new CordError("usage", `--run goes with the number of a node, such as 4, and ${id} is none.`);
  if (run !== undefined) return showNode(client, { node_id: id, run_id: run }, as);
  if (!isNumber) return showById(client, id, as);
  const named = taskNamed(id);
  const task = await client.call("tasks/get", named).catch(unless("not_found"));
  if (task === null || task instanceof CordError) {
    const node = { node_id: id, project: projectOf() };
    return task === null ? showNode(client, node, as) : showNodeOrArchived(client, node, { named, as });
  }
  await showTask(client, task, as);
  return sayNodeToo(client, id);
}

/** The number of a task that was archived: a node that has it is more likely meant. */
async function showNodeOrArchived(
  client: Client,
  node: Target,
  { named, as }: { named: { id: string }; as: As },
): Promise<void> {
  const shown = await showNode(client, node, as).catch(unless("not_found"));
  if (shown instanceof CordError) return showArchived(client, named, as);
}

/** What was archived is as it was then. */
async function showArchived(client: Client, named: { id: string }, as: As): Promise<void> {
  const found = await client.call("tasks/archived", named);
  if (found === null) throw nothingNumbered(named.id);
  const { task, ...where } = found;
  if (as.json) return printJson({ ...task, archived: where });
  const { taskDetail } = await import("../board/views.ts");
  await print(taskDetail(task, as.now));
  tell(`It was archived on ${where.archived_at.slice(0, 10)}, in ${where.file}.`);
}

async function showById(client: Client, id: string, as: As): Promise<void> {
  const [task, run] = await Promise.all([
    client.call("tasks/get", { id }).catch(unless("conflict", "not_found")),
    client.call("runs/get", { run_id: id }).catch(unless("not_found")),
  ]);
  if (run instanceof CordError) {
    if (task instanceof CordError && task.code === "not_found") return showArchived(client, { id }, as);
    if (task instanceof CordError) throw task;
    if (!task)
      throw new CordError(
        "not_found",
        `There is no task and no run ${id}. See "cord tasks --all" and "cord runs --all" for those there are.`,
      );
    const isNode = task.run_id !== undefined && task.number !== undefined && !as.json;
    return isNode
      ? showNode(client, { node_id: String(task.number), run_id: task.run_id }, as)
      : showTask(client, task, as);
  }
  // the ids of a run and of its root begin alike
  if (task && !(task instanceof CordError) && task.run_id !== run.run.id)
    throw new CordError(
      "conflict",
      `${id} fits the task ${task.id} ${task.name} and the run ${run.run.id} ${run.run.goal}. Give more of the id.`,
    );
  return printReport(client, run, as.json);
}

async function showTask(client: Client, newest: WholeTask, as: As): Promise<void> {
  const task = await withAllMessages(client, newest);
  if (as.json) return printJson(task);
  const { taskDetail } = await import("../board/views.ts");
  return print(taskDetail(task, as.now));
}

/** A read gives the newest messages only, where there are many or long ones. */
async function withAllMessages(client: Client, task: WholeTask): Promise<WholeTask> {
  const { more_messages: _, ...whole } = task;
  let older: WholeTask | null = task;
  while (older?.more_messages !== undefined && whole.messages?.[0] !== undefined) {
    const before: number = whole.messages[0].seq;
    older = await client.call("tasks/get", { id: task.id, messages_before: before });
    whole.messages = [...(older?.messages ?? []), ...whole.messages];
    if (!older?.messages) break;
  }
  return whole;
}

interface Target {
  node_id: string;
  run_id?: string | undefined;
  project?: string;
}

async function showNode(client: Client, target: Target, as: As): Promise<void> {
  const { run, nodes } = await client.call("runs/get", target).catch((error: unknown) => {
    throw target.run_id === undefined && error instanceof CordError && error.code === "not_found"
      ? nothingNumbered(target.node_id)
      : error;
  });
  const node = await client.call("nodes/read", { node_id: target.node_id, run_id: run.id });
  if (as.json) return printJson({ run_id: run.id, ...node });
  return print(nodePage({ run, nodes, node }, as.now));
}

/** A person on a terminal who meant the node is told how to see that. */
async function sayNodeToo(client: Client, id: string): Promise<void> {
  if (!process.stderr.isTTY) return;
  const found = await client.call("runs/get", { node_id: id, project: projectOf() }).catch(() => null);
  const number = nodeNumber(id);
  if (found?.nodes.some((node) => node.number === number))
    tell(`This is the board's task. "cord show ${number} --run ${shortRun(found.run.id)}" shows the node.`);
}

/** Gives an error of these kinds as a value. */
function unless(...codes: CordError["code"][]): (error: unknown) => CordError {
  return (error) => {
    if (error instanceof CordError && codes.includes(error.code)) return error;
    throw error;
  };
}
