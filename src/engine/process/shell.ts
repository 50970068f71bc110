import { closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../core/environment.ts";
import { messageOf } from "../../core/error.ts";
import { systemCode } from "../../core/system-code.ts";
import { endOf } from "../../core/text.ts";
import { afterAwake } from "../../system/awake-timer.ts";
import { outputFile } from "../../core/output-files.ts";
import { shellCommand } from "./shell-command.ts";
import { ShimProcess, type ShimEnd } from "./shim-process.ts";

interface ShellOptions {
  command: string;
  /** written to it; then its input is over */
  input?: string;
  cwd: string;
  env: Environment;
  /** a folder of its own, made here: all that it prints goes to a file in it */
  dir: string;
  /** whose processes they are, beginning with the run; see core/marks.ts. null: they are the person's, and not an agent's */
  marker: string | null;
  timeoutMs: number;
  /** between TERM and KILL at the time-out */
  graceMs: number;
  /** how many characters of the end of its output are wanted */
  tail: number;
  shimCommand?: string[];
}

/** How a command went. code: null where a signal ended it, or it did not run. */
export interface ShellExit {
  code: number | null;
  signal: string | null;
  /** it was ended at its time-out */
  timedOut: boolean;
  /** why it did not run, by the system's code and message; null: it ran */
  failed: { code: string; message: string } | null;
  /** it was killed, by nobody who has a say in it: how it would have gone is not known */
  isCutOff: boolean;
  /** the end of what it printed, on both of its outputs, in order */
  output: string;
  tookMs: number;
}

export interface ShellProcess {
  /** Resolves when nothing of it is left. Never rejects. */
  exited: Promise<ShellExit>;
  end(options: { graceMs: number }): Promise<void>;
}

/**
 * Runs a command line of a person's with the system's shell, under a shim, as agents run: in a session of its own, which ends with
 * the engine, and of which nothing outlives the command.
 */
export function startShell(options: ShellOptions): ShellProcess {
  const began = performance.now();
  let timedOut = false;
  let isEnded = false;
  const exit = ({ code, signal, failed, isCutOff }: ShimEnd): ShellExit => ({
    code: failed === null ? code : null,
    signal,
    timedOut,
    failed,
    isCutOff: isCutOff || (!isEnded && signal !== null && sentSignals.has(signal)),
    output: tailOf(join(options.dir, outputFile), options.tail),
    tookMs: Math.round(performance.now() - began),
  });
  try {
    const shim = start(options);
    const stopTimer = afterAwake(options.timeoutMs, () => {
      timedOut = isEnded = true;
      void shim.end(options.graceMs);
    });
    const exited = shim.ended.finally(stopTimer).then(exit);
    const end = ({ graceMs }: { graceMs: number }) => {
      isEnded = true;
      return shim.end(graceMs);
    };
    return { exited, end };
  } catch (error) {
    const failed = { code: systemCode(error), message: messageOf(error) };
    return {
      exited: Promise.resolve(exit({ failed, isCutOff: false, code: null, signal: null })),
      end: () => Promise.resolve(),
    };
  }
}

/** What others send to a program. Others than these are its own doing. */
const sentSignals: ReadonlySet<string> = new Set(["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"]);

const outputCapBytes = 16 * 1024 * 1024;

function start({ command, input = "", cwd, env, dir, marker, shimCommand }: ShellOptions): ShimProcess {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { argv, ...how } = shellCommand(command);
  const shim = new ShimProcess({
    order: {
      dir,
      cwd,
      attempt: marker ?? `-/${crypto.randomUUID()}`,
      vital: [],
      capBytes: outputCapBytes,
      ...how,
    },
    isMarked: marker !== null,
    argv,
    env,
    shimCommand,
    // what the disk does not take is lost; the shim waits for an answer
    onReport: (report) => {
      if ("output" in report) void shim.opened.then((lifeline) => lifeline.send("took"));
    },
  });
  try {
    if (input !== "") void Promise.resolve(shim.stdin.write(input)).catch(() => {});
    void Promise.resolve(shim.stdin.end()).catch(() => {});
  } catch {
    // it is gone already, and has no use for it
  }
  return shim;
}

/** The last characters of a file; nothing where there is none. */
function tailOf(path: string, characters: number): string {
  try {
    const fd = openSync(path, "r");
    try {
      const { size } = fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, characters * maxCharacterBytes));
      const length = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
      return endOf(bytes.toString("utf8", 0, length), characters);
    } finally {
      closeSync(fd);
    }
  } catch {
    return "";
  }
}

const maxCharacterBytes = 4;
