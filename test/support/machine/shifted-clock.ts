import { openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./temporary.ts";

/** A wall clock that a test sets, for the processes that are started with its environment. */
export interface ShiftedClock {
  env: { LD_PRELOAD: string; CLOCK_SHIFT: string };
  /** by so many seconds from the machine's */
  set(seconds: number): void;
}

const compiler = Bun.which("cc") ?? Bun.which("gcc");

/** Whether a clock can be shifted here: that takes Linux and a C compiler. */
export const canShift = process.platform === "linux" && compiler !== null;

export async function shiftedClock(): Promise<ShiftedClock> {
  const library = await (built ??= build());
  const file = join(temporaryDirectory("shift"), "seconds");
  writeFileSync(file, inBytes(0));
  const descriptor = openSync(file, "r+");
  // in its place: the processes have mapped the file
  const set = (seconds: number) => void writeSync(descriptor, inBytes(seconds), 0, 8, 0);
  return { env: { LD_PRELOAD: library, CLOCK_SHIFT: file }, set };
}

function inBytes(seconds: number): BigInt64Array {
  return BigInt64Array.of(BigInt(seconds));
}

let built: Promise<string> | undefined;

async function build(): Promise<string> {
  const library = join(temporaryDirectory("clocks"), "clock-shift.so");
  const source = join(import.meta.dirname, "clock-shift.c");
  const child = Bun.spawn([compiler ?? "cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], {
    stderr: "pipe",
  });
  if ((await child.exited) !== 0) throw new Error(await child.stderr.text());
  return library;
}
