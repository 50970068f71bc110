import { z } from "zod";

/**
 * Why a run is parked, and until when: its account has used up what it may use in some hours, and has it again then.
 * until: null where that is not known.
 */
export const Parking = z.object({ reason: z.string(), until: z.string().nullable() });
export type Parking = z.infer<typeof Parking>;
