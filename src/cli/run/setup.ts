import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CordError } from "../../core/error.ts";
import { nodeBounds, runBounds } from "../../core/limits.ts";
import { oneLine, plain, plainLines, shortened } from "../../core/text.ts";
import { spanOf } from "../../core/wording.ts";
import { startShell, type ShellExit, type ShellProcess } from "../../engine/process/shell.ts";
import { environment } from "../../system/environment.ts";
import { tell } from "../output.ts";
import { onSignals } from "./interrupts.ts";

/**
 * Runs the command that makes a folder ready, once, before there is a run. Throws `failed`, after the end of what it printed,
 * when it does not exit with 0 in time, and `interrupted` when this process is told to end: nothing is spent then. It ends with
 * this process, however that ends.
 */
export async function runSetup(command: string, cwd: string): Promise<void> {
  const shown = shortened(oneLine(plain(command)), shownLength);
  tell(`setup: ${shown}`);
  const dir = mkdtempSync(join(tmpdir(), "cord-setup-"));
  try {
    const seconds = runBounds.setupSeconds;
    const shell = startShell({
      command,
      cwd,
      env: environment,
      dir,
      marker: null,
      timeoutMs: seconds * 1000,
      graceMs,
      tail: nodeBounds.checkOutput,
    });
    const { code, signal, timedOut, failed, output, tookMs } = await endedBySignals(shell);
    if (code === 0 && !timedOut) return tell(`setup: done in ${spanOf(tookMs)}`);
    if (output.trim() !== "") tell(plainLines(output).trimEnd());
    const how =
      failed !== null
        ? `could not be run: ${failed.message}`
        : timedOut
          ? `took longer than ${spanOf(seconds * 1000)}`
          : `failed with ${signal ?? `exit code ${code}`}`;
    throw new CordError("failed", `The setup ${how}, so nothing was started and nothing spent: ${shown}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A signal to this process ends the command, a second one at once. Throws `interrupted` then. */
async function endedBySignals({ exited, end }: ShellProcess): Promise<ShellExit> {
  let isStopped = false;
  const signals = onSignals(() => {
    void end({ graceMs: isStopped ? 0 : graceMs });
    isStopped = true;
  });
  try {
    const exit = await exited;
    if (isStopped) throw new CordError("interrupted", "The setup was interrupted, so nothing was started.");
    return exit;
  } finally {
    signals.off();
  }
}

const shownLength = 200;
const graceMs = 2000;
