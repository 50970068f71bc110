import { z } from "zod";
import { tabBounds } from "../../core/limits.ts";
import { anyCaller } from "../authority.ts";
import { operation } from "../operation.ts";
import { Conversation } from "./schemas.ts";

/** Which tab a process belongs to, by its ancestors: a shell that a client started, or a hook. */
export const whose = operation({
  summary: "Which open tab a process belongs to, by the pids of its ancestors, the nearest first.",
  effect: "read",
  callers: ["human"],
  authority: anyCaller,
  input: () =>
    z.object({
      pids: z.array(z.number().int().min(1)).max(tabBounds.pids),
      conversation: Conversation.optional(),
    }),
  output: () =>
    z
      .object({
        tab: z.string(),
        handle: z.string(),
        project: z.string().nullable(),
        folder: z.string().nullable(),
      })
      .nullable(),
  run: async ({ tabs }, sought) => {
    const found = tabs.find(sought);
    if (found === null) return null;
    const { id: tab, handle, project, folder } = found.row;
    return { tab, handle, project, folder };
  },
});
