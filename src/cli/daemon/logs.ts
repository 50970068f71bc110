import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { daemonLog } from "../../client/paths.ts";
import { CordError } from "../../core/error.ts";
import { plainLines } from "../../core/text.ts";
import { refuseOther } from "../../system/private-file.ts";
import { rotatedLogs } from "../../system/rotated-log.ts";
import { print } from "../output.ts";

/** Prints the last lines of what daemons have written that commands started, and with `follow` goes on until it is interrupted. */
export async function showLog(lines: number, follow: boolean): Promise<void> {
  const file = daemonLog();
  const log = opened(file);
  if (log === null && !follow)
    throw new CordError(
      "not_found",
      `There is no log at ${file}: no command has started a daemon yet. One that runs in a terminal says there what it has to say.`,
    );
  const end = log === null ? 0 : await printLast(file, log, lines);
  if (follow) await printFrom(file, log, end);
  else if (log !== null) closeSync(log);
}

function opened(file: string): number | null {
  refuseOther(file);
  try {
    return openSync(file, "r");
  } catch {
    return null;
  }
}

/** The end of each file is enough, however long it is; those before it are read for what it does not have. */
async function printLast(file: string, log: number, lines: number): Promise<number> {
  const { size } = fstatSync(log);
  const texts = [textBefore(log, size)];
  for (const old of rotatedLogs(file)) {
    if (texts.join("").split("\n").length > lines) break;
    const opening = opened(old);
    if (opening === null) break;
    texts.unshift(textBefore(opening, fstatSync(opening).size));
    closeSync(opening);
  }
  const text = texts.join("");
  const last = text.replace(/\n$/, "").split("\n").slice(-lines);
  if (lines > 0 && text !== "") await print(plainLines(last.join("\n")));
  return size;
}

function textBefore(log: number, size: number): string {
  return bytesBetween(log, Math.max(0, size - maxBytes), size).toString("utf8");
}

const maxBytes = 4_194_304;

/** A log that was put aside for a new one is left for that. */
async function printFrom(file: string, first: number | null, from: number): Promise<never> {
  let [log, at] = [first, from];
  for (;;) {
    await Bun.sleep(pollMs);
    if (log === null || isReplaced(file, log)) {
      if (log !== null) closeSync(log);
      [log, at] = [opened(file), 0];
      if (log === null) continue;
    }
    const { size } = fstatSync(log);
    if (size < at) at = 0;
    if (size === at) continue;
    const bytes = bytesBetween(log, at, Math.min(size, at + maxBytes));
    // half a line is left for later, unless it has no end
    const whole = bytes.lastIndexOf(10) + 1 || (bytes.length === maxBytes ? maxBytes : 0);
    if (whole > 0) await print(plainLines(bytes.toString("utf8", 0, whole)));
    at += whole;
  }
}

const pollMs = 200;

function isReplaced(file: string, log: number): boolean {
  const now = statSync(file, { throwIfNoEntry: false });
  return now !== undefined && now.ino !== fstatSync(log).ino;
}

function bytesBetween(log: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  return bytes.subarray(0, readSync(log, bytes, 0, bytes.length, from));
}
