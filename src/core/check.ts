import { z } from "zod";

/** One run of a node's check. code: null where it was ended at its time-out, or could not be started. output: its end. */
export const CheckRun = z.object({
  command: z.string(),
  code: z.number().int().nullable(),
  verdict: z.enum(["passed", "failed", "not run"]),
  output: z.string(),
  took_ms: z.number().int(),
  at: z.string(),
});
export type CheckRun = z.infer<typeof CheckRun>;
