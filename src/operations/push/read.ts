import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { PushConfig } from "../../core/push-config.ts";
import { findPushConfig, pushConfigsOf, type PushRow } from "../../store/tables/push-configs.ts";
import { operation } from "../operation.ts";
import { authority, callers, config_id, which } from "./target.ts";

/** The one operation that shows the secrets of a configuration that is there: to who may have set them. */
export const get = operation({
  summary: "Read one push configuration of a task, whole.",
  effect: "read",
  callers,
  authority,
  input: () => z.object({ ...which, config_id }),
  output: () => PushConfig,
  run: async (context, { config_id }) => {
    const found = await context.read(async (tx, { row }) => {
      const found = await findPushConfig(tx, { task_id: row.id, id: config_id });
      if (found !== null && found.state !== "given_up") return found;
      throw new CordError("not_found", `Task ${row.id} has no push configuration of this id.`);
    });
    const { secrets } = found;
    return {
      ...shown(found),
      ...(secrets === null ? {} : (await context.push.sealer()).open(found, secrets)),
    };
  },
});

/** Those of a task, without their secrets. */
export const list = operation({
  summary: "List the push configurations of a task, without their secrets.",
  effect: "read",
  callers,
  authority,
  input: () => z.object(which),
  output: () => z.array(PushConfig),
  run: (context) => context.read(async (tx, { row }) => (await pushConfigsOf(tx, row.id)).map(shown)),
});

function shown({ task_id, id, url, version }: PushRow): PushConfig {
  return { task_id, config_id: id, url, version };
}
