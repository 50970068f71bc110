import { z } from "zod";
import type { ShimReport } from "./shim.ts";

/** The shim's own file loads little, so what it says is described here, for the one who reads it. */
const schema: z.ZodType<ShimReport> = z.union([
  z.object({
    started: z.object({ startTime: z.string(), bootId: z.string() }),
    begin: z.object({ output: z.number(), errors: z.number() }),
  }),
  z.object({ failed: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ output: z.string(), code: z.string() }),
  z.object({ exited: z.object({ code: z.number().nullable(), signal: z.string().nullable() }) }),
]);

/**
 * Reads a line of the lifeline. Null for a line that no shim writes: its pipe is inherited, so another process may
 * write to it.
 */
export function readReport(line: string): ShimReport | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
