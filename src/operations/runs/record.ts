import { z } from "zod";
import { Event } from "../../core/event.ts";
import { parseJson } from "../../core/json.ts";
import { limits, recordBounds } from "../../core/limits.ts";
import { nodeOptionsOf } from "../../core/node-options.ts";
import { type AttemptRecord, excerptOf, NodeRecord, resultExcerpt } from "../../core/run-record.ts";
import { readChecks } from "../../store/lifecycle/check.ts";
import { attemptsOf, type AttemptRow } from "../../store/tables/attempts.ts";
import { eventsOfRun } from "../../store/tables/events.ts";
import { itemIn, returnsOf, type NodeRow } from "../../store/tables/node-row.ts";
import { nodesAfter } from "../../store/tables/nodes.ts";
import { time } from "../../store/tables/time.ts";
import { operation } from "../operation.ts";
import { runNamed } from "../subject.ts";
import { board } from "../tasks/target.ts";

const run_id = z.string().max(limits.nameLength);

/** The nodes of a run whole, page by page: their prompts, results and attempts. Very long texts are cut, and say how long they are. */
export const record = operation({
  summary: "Read the nodes of a run with their prompts, results and attempts, page by page.",
  effect: "read",
  callers: board,
  authority: { act: "read", find: runNamed },
  input: () =>
    z.object({
      run_id,
      after: z.number().int().min(0).describe("The number of the last node that is known").default(0),
    }),
  output: () =>
    z.object({
      nodes: z.array(NodeRecord),
      next: z.number().nullable().describe("after, for the next page; null: there is none"),
    }),
  run: (context, { after }) =>
    context.read(async (tx, { run }) => {
      const rows = await nodesAfter(tx, run.id, after, recordBounds.pageNodes);
      const nodes: NodeRecord[] = [];
      let bytes = 0;
      for (const row of rows) {
        const node = recordOf(row, await attemptsOf(tx, row.id));
        bytes += JSON.stringify(node).length;
        if (nodes.length > 0 && bytes > recordBounds.pageBytes) break;
        nodes.push(node);
      }
      const isLast = nodes.length === rows.length && rows.length < recordBounds.pageNodes;
      return { nodes, next: isLast ? null : (nodes.at(-1)?.number ?? null) };
    }),
});

/** What happened in a run, oldest first, page by page. */
export const history = operation({
  summary: "Read what happened in a run, oldest first, page by page.",
  effect: "read",
  callers: board,
  authority: { act: "read", find: runNamed },
  input: () =>
    z.object({
      run_id,
      since: z.number().int().min(0).describe("The seq of the last event that is known").default(0),
    }),
  output: () =>
    z.object({
      events: z.array(Event),
      next: z.number().nullable().describe("since, for the next page; null: there is none yet"),
    }),
  run: (context, { since }) =>
    context.read(async (tx, { run }) => {
      const { events, until, isLast } = await eventsOfRun(tx, run.id, since, recordBounds.events);
      return { events, next: isLast ? null : until };
    }),
});

function recordOf(row: NodeRow, attempts: readonly AttemptRow[]): NodeRecord {
  return {
    number: row.number,
    item: itemOf(row),
    prompt: row.prompt === null ? null : excerptOf(row.prompt, recordBounds.promptLength),
    returns: returnsOf(row),
    model: row.model,
    options: nodeOptionsOf(row),
    result: resultIn(row.result, recordBounds.resultLength),
    attempts: attempts.slice(-recordBounds.attempts).map(attemptRecord),
    attempts_left_out: Math.max(0, attempts.length - recordBounds.attempts),
  };
}

function itemOf(row: NodeRow): NodeRecord["item"] {
  const item = itemIn(row);
  return item && { index: item.index, ...excerptOf(item.text, recordBounds.promptLength) };
}

function attemptRecord(row: AttemptRow): AttemptRecord {
  return {
    attempt: row.epoch,
    phase: row.phase,
    agent: row.agent,
    model: row.model,
    state: row.state,
    exit: row.exit,
    started_at: time(row.started_at),
    ended_at: row.ended_at === null ? null : time(row.ended_at),
    usd: row.usd,
    estimated: row.estimated === 1,
    counted: row.counted === 1,
    input_tokens: row.input_tokens,
    cached_tokens: row.cached_tokens,
    output_tokens: row.output_tokens,
    session: row.session_id,
    dir: row.dir,
    reason: row.reason,
    said: resultIn(row.said, recordBounds.saidLength),
    late_result: resultIn(row.late_result, recordBounds.saidLength),
    checks: readChecks(row.checks),
  };
}

function resultIn(json: string | null, max: number) {
  return json === null ? null : resultExcerpt(parseJson(json), max);
}
