import { z } from "zod";

/**
 * An object with values of one kind under names that others choose. How many there are is looked at first: a body of
 * 1 MiB has room for a hundred thousand, and to check each would keep the daemon for longer than it may be kept.
 */
export function fewFields<Value extends z.ZodType>(name: z.ZodString, value: Value, max: number) {
  return z
    .record(z.string(), z.unknown())
    .refine((fields) => Object.keys(fields).length <= max, `may have ${max} fields`)
    .pipe(z.record(name, value));
}
