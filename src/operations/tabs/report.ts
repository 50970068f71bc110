import { z } from "zod";
import { anyCaller } from "../authority.ts";
import { operation } from "../operation.ts";
import { TabReport } from "./schemas.ts";

/** Says what changed of an open tab: its client's state, its conversation, how a wake went. */
export const report = operation({
  summary: "Say what changed of an open tab, and how a wake went.",
  effect: "write",
  callers: ["human"],
  authority: anyCaller,
  input: () => TabReport,
  output: () => z.object({ handle: z.string() }),
  run: async ({ tabs }, input) => ({ handle: await tabs.report(input) }),
});
