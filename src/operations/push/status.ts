import { z } from "zod";
import { pushTrouble } from "../../store/tables/push-configs.ts";
import { time } from "../../store/tables/time.ts";
import { anyCaller } from "../authority.ts";
import { operation } from "../operation.ts";
import { callers } from "./target.ts";

const Trouble = z.object({
  task_id: z.string(),
  config_id: z.string(),
  /** scheme, host and port: the rest of a URL may be a secret */
  to: z.string(),
  reason: z.string(),
  tries: z.number().int(),
  given_up: z.boolean(),
  created_at: z.string(),
});

/** How push deliveries stand: for a person, without a secret in it. */
export const status = operation({
  summary: "Whether push notifications may be delivered, and which cannot be.",
  effect: "read",
  callers,
  authority: anyCaller,
  input: () => z.object({}),
  output: () =>
    z.object({
      push_to: z.array(z.string()),
      configurations: z.number().int(),
      failing: z.array(Trouble).describe("The first of those that are tried again, or were given up"),
    }),
  run: async ({ daemon, store }) => {
    const { configurations, troubled } = await store.read(pushTrouble);
    return {
      push_to: daemon.about().push_to ?? [],
      configurations,
      failing: troubled.map(({ task_id, id, url, trouble, tries, state, created_at }) => ({
        task_id,
        config_id: id,
        to: new URL(url).origin,
        reason: trouble ?? "",
        tries,
        given_up: state === "given_up",
        created_at: time(created_at),
      })),
    };
  },
});
