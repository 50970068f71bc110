import { z } from "zod";
import { isDiskTrouble, messageOf } from "../../core/error.ts";
import { Brief } from "../../core/brief.ts";
import { engineLeaseMs } from "../../core/lease.ts";
import { grantFor, type Grant } from "../../core/budget.ts";
import { NodeOptions, nodeOptionsOf } from "../../core/node-options.ts";
import { AgentId } from "../../core/task.ts";
import { usedUp } from "../../core/run-limits.ts";
import { modelFor } from "../../core/run-models.ts";
import { nodeName, nodeNumber, type RunLimit } from "../../core/words.ts";
import { countWorking, endAttempts, spendingOf, startAttempt } from "../../store/tables/attempts.ts";
import { resumableSession } from "../../store/tables/sessions.ts";
import { engineGone, noteEngine } from "../../store/tables/engines.ts";
import { modifiedSinceAttempt } from "../../store/tables/events.ts";
import { getTask } from "../../store/tables/ids.ts";
import { getNode, readyNodes } from "../../store/tables/nodes.ts";
import { briefOf } from "../../store/brief.ts";
import { isHeldUp } from "../../store/tables/proposals.ts";
import { getRun, noteLimit, optionsOf, type RunRow } from "../../store/tables/runs.ts";
import type { Tx } from "../../store/store.ts";
import type { NodeRow } from "../../store/tables/node-row.ts";
import { claimTask, failTask } from "../../store/lifecycle/transitions.ts";
import { cancelTask, cord } from "../../store/lifecycle/settle.ts";
import { operation } from "../operation.ts";
import type { Context, Repeat } from "../context.ts";
import { runNamed } from "../subject.ts";
import { engine, Epoch, request_id } from "./target.ts";

/** What is kept of a node that was claimed: neither its brief, which holds whole results, nor its token. */
const Noted = z.object({
  id: z.string(),
  node_id: z.string(),
  epoch: Epoch,
  model: z.string().nullable(),
  agent: z.string(),
  budget_usd: z.number().nullable(),
  /** null: none of its own, but what the run has */
  budget_tokens: z.number().nullable(),
  /** this is less than the default budget of one agent: the run has no more for each */
  shared: z.boolean(),
  /** the session of an earlier attempt of this phase, to go on with */
  session_id: z.string().nullable(),
  /** what that has cost so far */
  session_spent: z
    .object({
      usd: z.number(),
      input_tokens: z.number(),
      cached_tokens: z.number(),
      output_tokens: z.number(),
    })
    .nullable(),
  /** how its agent is to work */
  options: NodeOptions,
  /** the node's goal or prompt was changed since that session was told it */
  task_changed: z.boolean(),
});

const Launchable = Noted.extend({ token: z.string(), brief: Brief });

type Launchable = z.infer<typeof Launchable>;

const Answer = z.object({
  nodes: z.array(Launchable),
  limited: z.boolean(),
  proposed: z.boolean().describe("Nothing of the run goes on until a person has approved a plan"),
});

/**
 * Claims the next ready nodes of a run for an engine, within the total budget, with everything their prompts need.
 */
export const claim = operation({
  summary: "Claim the next ready nodes of a run, for an engine.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: runNamed },
  lease: "takes",
  input: () =>
    z.object({
      run_id: z.string(),
      engine: AgentId,
      limit: z.number().int().min(0).max(256).describe("0: only how the run stands"),
      settles: z
        .boolean()
        .describe("It calls nodes/settle when a message of an agent is over")
        .default(false),
      request_id,
    }),
  output: () => Answer,
  run: (context, { run_id, engine, limit, settles }) => {
    const claimed = async (tx: Tx, { run }: { run: RunRow }): Promise<Claimed> => {
      const { id } = run;
      await noteEngine(tx, id, engine, context);
      const { jobs } = optionsOf(run);
      const free = Math.min(limit, jobs - (await countWorking(tx, id)));
      const nodes: Launchable[] = [];
      let limited = false;
      const ready = free > 0 ? await readyNodes(tx, id, free) : [];
      for (const [index, { number, phase }] of ready.entries()) {
        const row = await getNode(tx, id, number);
        if (row.state !== "pending") continue; // cancelled below, with one that the budget refused
        // what it was given before holds no money back any more
        await endAttempts(tx, { taskId: row.id, upToEpoch: row.epoch }, engineGone, context.now);
        const rivals = ready.slice(index).filter((other) => other.phase === phase).length;
        const grant = await grantIn(tx, id, row, rivals);
        if (grant.grant === "launch") {
          const by = { engine, settles, ...grant };
          const node = await launch(tx, context, id, row, by).catch((error: unknown) =>
            failAlone(tx, context, row, error),
          );
          if (node !== null) nodes.push(node);
        } else if (grant.grant === "never") {
          limited = true;
          await refuseForLimit(tx, run, row, grant.limit, context.now);
        }
      }
      return { nodes, limited, proposed: nodes.length === 0 && (await isHeldUp(tx, id)) };
    };
    return context.writeNoted(claimed, repeatOf(context, run_id));
  },
});

type Claimed = z.infer<typeof Answer>;

const Notes = Answer.extend({ nodes: z.array(Noted) });

/**
 * Briefs hold whole results, so neither they nor the tokens are stored: both are made anew. A node that is no longer
 * held in the epoch of the first answer is left out.
 */
function repeatOf(context: Context, runId: string): Repeat<Claimed, unknown> {
  return {
    noted: (claimed) => Notes.parse(claimed),
    remade: async (tx, notes) => {
      const { nodes, ...rest } = Notes.parse(notes);
      const run = await getRun(tx, runId);
      const remade: Launchable[] = [];
      for (const noted of nodes) {
        const row = await getNode(tx, runId, nodeNumber(noted.node_id));
        if (row.epoch !== noted.epoch || row.state !== "claimed") continue;
        remade.push({
          ...noted,
          token: context.nodeToken(row.id, row.epoch),
          brief: await briefOf(tx, run, row, noted.budget_usd),
        });
      }
      return { ...rest, nodes: remade };
    },
  };
}

/** As a grant; never where the run's time is up, which is no matter of money. */
type Allowed = Grant | { grant: "never"; limit: RunLimit };

async function grantIn(tx: Tx, runId: string, row: NodeRow, rivals: number): Promise<Allowed> {
  const run = await getRun(tx, runId);
  const { phase } = row;
  if (phase === "work" && run.limit_hit === "time") return { grant: "never", limit: "time" };
  const part = phase === "synthesis" && row.id === run.root_id ? "last" : phase;
  return grantFor(optionsOf(run), part, await spendingOf(tx, run), rivals);
}

async function launch(
  tx: Tx,
  context: Context,
  runId: string,
  row: NodeRow,
  by: Extract<Grant, { grant: "launch" }> & { engine: string; settles: boolean },
): Promise<Launchable> {
  const run = await getRun(tx, runId);
  const options = optionsOf(run);
  const agent = row.agent ?? options.agent;
  const model = row.model ?? modelFor(options, { ...row, isRoot: row.id === run.root_id });
  const session = await resumableSession(tx, row);
  const task_changed = session !== null && (await modifiedSinceAttempt(tx, row.id, session.unstarted));
  const claimed = await claimTask(tx, row, by.engine, engineLeaseMs, context);
  const sessionId = session?.id ?? null;
  // kept from the start: one that is cut off before its agent runs leaves the session to the next
  await startAttempt(tx, claimed, { agent, model, sessionId, ...by }, context.now);
  return {
    id: claimed.id,
    node_id: nodeName(claimed.number),
    epoch: claimed.epoch,
    token: context.nodeToken(claimed.id, claimed.epoch),
    brief: await briefOf(tx, run, claimed, by.budgetUsd),
    model,
    agent,
    budget_usd: by.budgetUsd,
    budget_tokens: by.budgetTokens,
    shared: by.shared,
    session_id: sessionId,
    session_spent: session?.spent ?? null,
    options: nodeOptionsOf(claimed),
    task_changed,
  };
}

/**
 * A node that cannot be launched fails, and the others are launched; a disk error concerns all and is thrown. Null:
 * this node is not launched.
 */
async function failAlone(tx: Tx, context: Context, { id, epoch }: NodeRow, error: unknown): Promise<null> {
  if (isDiskTrouble(error)) throw error;
  const row = await getTask(tx, id);
  if (row.state === "claimed" && row.epoch > epoch)
    await failTask(tx, row, `it could not be launched: ${messageOf(error)}`, { epoch: row.epoch }, context);
  return null;
}

/**
 * Launches stop at the total budget, or total tokens. Nodes that can no longer start are cancelled, so that a synthesis of the rest
 * can run.
 */
async function refuseForLimit(
  tx: Tx,
  run: RunRow,
  row: NodeRow,
  limit: RunLimit,
  now: number,
): Promise<void> {
  await noteLimit(tx, run.id, limit);
  await cancelTask(tx, row, usedUp(limit, optionsOf(run)), cord, now);
}
