import { z } from "zod";
import { limits } from "./limits.ts";

/** Other boards may have taken longer words than this one does; what is longer than these is no word. */
const Words = z.string().min(1).max(256);
/** Since 1970, by the wall clock. */
const Milliseconds = z.number().int().min(0).max(8_640_000_000_000_000);

export const importedStates = ["pending", "claimed", "completed", "failed", "cancelled"] as const;

/** A task as the board before this one kept it: its own id, times and state. */
export const ImportedTask = z.object({
  id: z
    .string()
    .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    .describe("a UUID"),
  name: z.string().max(limits.pathLength),
  kind: Words,
  priority: Words,
  state: z.enum(importedStates),
  claimed_by: Words.nullable(),
  payload: z.unknown(),
  result: z.unknown(),
  created_at: Milliseconds,
  updated_at: Milliseconds,
  claimed_at: Milliseconds.nullable(),
  lease_until: Milliseconds.nullable(),
});
export type ImportedTask = z.infer<typeof ImportedTask>;

export const ImportedAgent = z.object({
  id: Words,
  name: Words,
  first_seen: Milliseconds,
  last_seen: Milliseconds,
});
export type ImportedAgent = z.infer<typeof ImportedAgent>;

/** How many tasks of each state. */
export const StateCounts = z.partialRecord(z.enum(importedStates), z.number().int());
export type StateCounts = z.infer<typeof StateCounts>;
