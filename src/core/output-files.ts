import { z } from "zod";

/** What an attempt's agent, or its check, has printed: in a folder of the attempt in that of its run. */
export const outputFile = "output.jsonl";
export const errorFile = "error.log";

/** Behind the name of a file that was compressed, as gzip does it, once its run was over. */
export const compressedSuffix = ".gz";

/** The folder of an attempt in that of its run: `4-1`, of node 4 under its first epoch. */
export function attemptFolderName(number: number, epoch: number): string {
  return `${number}-${epoch}`;
}

export const attemptFolderPattern = /^\d+-\d+$/;

/** In a run's folder, once the output of its agents was removed there: when, and by which setting. */
export const removedFile = "output-removed.json";

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
