import { z } from "zod";
import { removePushConfig } from "../../store/tables/push-configs.ts";
import { operation } from "../operation.ts";
import { request_id } from "../tasks/target.ts";
import { authority, callers, config_id, which } from "./target.ts";

/** Nothing more is delivered once this is answered. Of one that is not there nothing is said. */
export const remove = operation({
  summary: "Delete a push configuration of a task.",
  effect: "destructive",
  callers,
  authority,
  input: () => z.object({ ...which, config_id, request_id }),
  output: () => z.object({ ok: z.literal(true) }),
  run: async (context, { config_id }) => {
    const key = await context.write(async (tx, { row }) => {
      const key = { task_id: row.id, id: config_id };
      await removePushConfig(tx, key);
      return key;
    });
    context.push.changed(key);
    return { ok: true as const };
  },
});
