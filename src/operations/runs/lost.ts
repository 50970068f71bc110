import { z } from "zod";
import { nodeName } from "../../core/words.ts";
import { lostAttempts } from "../../store/tables/lost-attempts.ts";
import { operation } from "../operation.ts";
import { engine, Epoch } from "../nodes/target.ts";
import { runNamed } from "../subject.ts";

/** The attempts whose engine was gone before it could report their end: they may have spent more than it had told. */
export const lost = operation({
  summary: "List attempts whose engine died, with what was known of their cost, for an engine.",
  effect: "read",
  callers: engine,
  authority: { act: "run", find: runNamed },
  input: () => z.object({ run_id: z.string() }),
  output: () =>
    z.object({
      attempts: z.array(
        z.object({
          node_id: z.string(),
          epoch: Epoch,
          agent: z.string(),
          usd: z.number(),
          input_tokens: z.number(),
          cached_tokens: z.number(),
          output_tokens: z.number(),
        }),
      ),
    }),
  run: (context) =>
    context.read(async (tx, { run }) => ({
      attempts: (await lostAttempts(tx, run.id)).map(({ number, ...known }) => ({
        node_id: nodeName(number),
        ...known,
      })),
    })),
});
