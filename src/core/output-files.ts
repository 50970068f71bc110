/** What stands here is loaded with each shim: names alone, and no library. */

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
