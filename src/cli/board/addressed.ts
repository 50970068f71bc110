import type { Client } from "../../client/client.ts";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import type { WholeTask } from "../../core/task.ts";
import { finalStates, finalStatuses, nodeNamePattern, nodeNumber } from "../../core/words.ts";
import { projectOf } from "../options.ts";
import { targetOf } from "../run/node-target.ts";
import { taskNamed } from "./flags.ts";

/** Whom a person answers, or tells something: a task of the board, or a node of a run. */
type Addressed =
  | { task: ReturnType<typeof taskNamed>; node: null }
  | { task: null; node: ReturnType<typeof targetOf> };

type Purpose = "answer" | "tell";

/**
 * Finds whom a name means. An id is a task's; with --run a number is a node's. A number alone is the one of the two that can be
 * answered, or told something. Where both can, a node is told, as it always was; an answer is refused, with how each is named.
 */
export async function addressed(
  client: Client,
  purpose: Purpose,
  id: string,
  run: string | undefined,
): Promise<Addressed> {
  const isNumber = nodeNamePattern.test(id);
  if (run !== undefined && !isNumber)
    throw new CordError("usage", `--run goes with the number of a node, such as 4, and ${id} is none.`);
  const task = { task: taskNamed(id), node: null };
  if (!isNumber) return task;
  const node = { task: null, node: targetOf(nodeNumber(id), run) };
  if (run !== undefined) return node;
  const found = await client.call("tasks/get", { ...taskNamed(id), messages: 0 });
  const inRuns = await nodeMeant(client, purpose, nodeNumber(id));
  if (inRuns instanceof CordError) {
    // which of the nodes is asked something is known where it is answered
    if (purpose === "tell" || found === null || !isMeant(purpose, found)) return node;
    throw inRuns;
  }
  if (found === null) {
    if (inRuns === null) throw nothingNumbered(id);
    return node;
  }
  const runId = inRuns?.runId ?? null;
  if (!isMeant(purpose, found)) return runId === null ? task : node;
  if (runId === null) return task;
  if (purpose === "tell") return node;
  throw new CordError(
    "conflict",
    `${id} is a task of the board and a node of a run, and both have a question open. Name the task by its id, ${found.id}, or the node with --run ${shortRun(runId)}.`,
  );
}

function isMeant(purpose: Purpose, { question, state }: WholeTask): boolean {
  return purpose === "answer" ? question !== undefined : !finalStates.includes(state);
}

/** The refusal of a number that neither the board nor a run has here. */
export function nothingNumbered(id: string): CordError {
  return new CordError(
    "not_found",
    `There is no task ${id} here, and no run. "cord tasks --all" and "cord runs --all" show those elsewhere.`,
  );
}

/**
 * The open run whose node of this number can be answered, or told something, if there is one; null: there is no run. Where several
 * runs have such a number, the error that says so.
 */
async function nodeMeant(
  client: Client,
  purpose: Purpose,
  number: number,
): Promise<{ runId: string | null } | CordError | null> {
  try {
    const { run, nodes } = await client.call("runs/get", { node_id: String(number), project: projectOf() });
    const node = nodes.find((one) => one.number === number);
    if (node === undefined || finalStatuses.includes(node.status)) return { runId: null };
    return { runId: purpose === "tell" || node.question !== null ? run.id : null };
  } catch (error) {
    if (error instanceof CordError && error.code === "not_found") return null;
    if (error instanceof CordError && error.code === "conflict") return error;
    throw error;
  }
}
