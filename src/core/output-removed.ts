import { z } from "zod";

/** What stands in the file of that name in a run's folder, once the output of its agents was removed there. */
export const OutputRemoved = z.object({
  at: z.iso.datetime(),
  /** the key of `[history]` that asked for it */
  setting: z.enum(["keep", "outputs"]),
  /** what it says, as `90d` or `2 GiB` */
  value: z.string().max(32),
});
export type OutputRemoved = z.infer<typeof OutputRemoved>;

/** Why there is no transcript any more, as a sentence. */
export function removedSentence({ at, setting, value }: OutputRemoved): string {
  const why =
    setting === "keep"
      ? `its run had been over for longer than ${value}`
      : `the output of all runs together was larger than ${value}, and this was among the oldest`;
  return `cord removed it on ${at.slice(0, 10)}: ${why} (${setting} in [history] of your config.toml).`;
}
