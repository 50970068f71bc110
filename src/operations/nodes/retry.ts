import { z } from "zod";
import { nodeName } from "../../core/words.ts";
import { nameOf } from "../../core/tree.ts";
import { enginesOf } from "../../store/tables/engines.ts";
import { retryNode } from "../../store/lifecycle/retry.ts";
import { operation } from "../operation.ts";
import { nodeNamed } from "../subject.ts";
import { target } from "./target.ts";

/** Retries a failed or cancelled node, and what was cancelled because of it. An engine must be at work on the run. */
export const retry = operation({
  summary: "Try a failed or cancelled node again, with what was cancelled because of it.",
  effect: "write",
  callers: ["human"],
  authority: { act: "retry", find: nodeNamed },
  input: () => z.object(target),
  output: () =>
    z.object({
      retried: z.string(),
      goal: z.string(),
      with: z.array(z.string()).describe("The other nodes that are open again"),
      run_id: z.string(),
      engines: z.boolean().describe("Whether an engine works on the run"),
    }),
  run: (context) =>
    context.write(async (tx, { run, row }) => {
      const by = nameOf(context.caller);
      const [, ...others] = await retryNode(tx, run, row, { by, now: context.now });
      const { present } = await enginesOf(tx, run.id);
      return {
        retried: nodeName(row.number),
        goal: row.name,
        with: others.map(({ number }) => nodeName(number)),
        run_id: run.id,
        engines: present,
      };
    }),
});
