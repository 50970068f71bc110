import { z } from "zod";
import { isWorkOver } from "../../core/budget.ts";
import { NodeId } from "../../core/task.ts";
import { AttemptExit, Denied } from "../../core/node.ts";
import { limits } from "../../core/limits.ts";
import { reportAttempt, spendingOf } from "../../store/tables/attempts.ts";
import { getNode } from "../../store/tables/nodes.ts";
import { getRun, optionsOf } from "../../store/tables/runs.ts";
import { operation } from "../operation.ts";
import { Epoch, engine, request_id } from "../nodes/target.ts";
import { runNamed } from "../subject.ts";

const Report = z.object({
  node_id: NodeId,
  epoch: Epoch,
  ended: z.boolean().default(false),
  session_id: z.string().nullable().optional(),
  pid: z.number().int().nullable().optional(),
  dir: z.string().nullable().optional(),
  model: z.string().nullable().optional(),
  usd: z.number().min(0).optional(),
  estimated: z.boolean().optional(),
  input_tokens: z.number().int().min(0).optional(),
  cached_tokens: z.number().int().min(0).optional(),
  output_tokens: z.number().int().min(0).optional(),
  denials: z.number().int().min(0).optional(),
  denied: Denied.optional(),
  activity: z.string().max(limits.noticeLength).nullable().optional(),
  notice: z.string().max(limits.noticeLength).nullable().optional(),
  reason: z.string().max(limits.reasonLength).nullable().optional(),
  exit: AttemptExit.nullable().optional(),
});

/** What an engine reports of its attempts. The answer tells what the run has spent: US dollars, and tokens of all kinds. */
export const report = operation({
  summary: "Report what attempts do and spend, for an engine.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: runNamed },
  input: () => z.object({ run_id: z.string(), attempts: z.array(Report).max(256), request_id }),
  output: () =>
    z.object({
      spent_usd: z.number(),
      spent_tokens: z.number(),
      work_over: z.boolean().describe("What is left of the tokens is kept for syntheses"),
    }),
  run: (context, { attempts }) =>
    context.write(async (tx, { run }) => {
      for (const { node_id, epoch, ended, estimated, denied, ...told } of attempts) {
        const report = {
          ...told,
          ...(estimated === undefined ? {} : { estimated: Number(estimated) }),
          ...(denied === undefined ? {} : { denied: JSON.stringify(denied) }),
        };
        await reportAttempt(tx, await getNode(tx, run.id, node_id), epoch, report, ended, context.now);
      }
      const spent = await getRun(tx, run.id);
      const { spent_usd, spent_tokens } = spent;
      const options = optionsOf(spent);
      const work_over = options.total_tokens !== null && isWorkOver(options, await spendingOf(tx, spent));
      return { spent_usd, spent_tokens, work_over };
    }),
});
