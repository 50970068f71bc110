import { checkOutcome, shownCheck, type CheckReport } from "../core/check.ts";
import { type Environment, withoutVariables } from "../core/environment.ts";
import { nodeBounds } from "../core/limits.ts";
import { shortRun } from "../core/node-refusal.ts";
import { beginningOf, endOf, plainLines } from "../core/text.ts";
import { counted, spanOf } from "../core/wording.ts";
import { nodeNumber } from "../core/words.ts";
import { agentEnvironment } from "./agents/agent.ts";
import { startShell, type ShellExit } from "./process/shell.ts";
import type { Claimed, HandedIn, UnderCheck } from "./run-context.ts";
import { handInToCheck, refuseHandedIn, settleHandedIn, type SettleContext } from "./settle.ts";
import type { Verdict } from "./verdict.ts";

interface CheckContext {
  settle(): SettleContext;
  env: Environment;
  seconds: number;
  /** between TERM and KILL */
  graceMs: number;
  /** whether an agent whose result was refused may work on */
  mayGoOn(node: Claimed): boolean;
  onNotice(text: string): void;
  shimCommand?: string[];
}

/**
 * Runs the checks of a run's results, one at a time: two test suites in one folder would fail each other. A result
 * counts once its check has passed; the daemon holds it back until then, so that a crash of the engine lets none
 * through.
 */
export class Checks {
  readonly #context: CheckContext;
  #last: Promise<unknown> = Promise.resolve();
  /** how many are checked or wait for it */
  #waiting = 0;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  /**
   * Judges what an agent has handed in, which has ended. `done`: it counts, or it is another's to decide. `refused`: its
   * agent goes on. `stopped`: nobody wants to know any more.
   */
  async judge(attempt: UnderCheck, verdict: HandedIn): Promise<Verdict> {
    const settle = this.#context.settle();
    if (verdict.kind === "handIn") {
      const taken = await handInToCheck(settle, attempt, verdict.text);
      if (taken !== null) return taken;
    }
    let passed: CheckReport | undefined;
    for (;;) {
      const { check: command } = await settleHandedIn(settle, attempt.node, passed);
      if (command === undefined) return { kind: "done" };
      const exit = await this.#run(attempt, command);
      if (exit === null) return { kind: "stopped" };
      const report = reportOf(command, exit, this.#context.seconds);
      if (report.verdict !== "passed") return this.#refused(attempt, exit, report);
      passed = report;
    }
  }

  async #refused(attempt: UnderCheck, exit: ShellExit, report: CheckReport): Promise<Verdict> {
    const trouble = exit.failed === null ? null : attempt.trouble(exit.failed.code);
    if (trouble !== null) return { kind: "outside", trouble };
    const refused = await refuseHandedIn(this.#context.settle(), attempt.node, report);
    if (refused === null) return { kind: "stopped" };
    const { refusals, seq } = refused;
    if (report.verdict === "not run") {
      const reason = notRunReason(attempt.node, report);
      this.#context.onNotice(`${attempt.node.node_id}: ${reason}`);
      return { kind: "unchecked", reason };
    }
    const of = `${refusals} of ${nodeBounds.checkRefusals}`;
    attempt.onProgress({ notice: `its check failed (${of}): ${checkOutcome(report)}` });
    const mayGoOn = this.#context.mayGoOn(attempt.node);
    if (mayGoOn && refusals < nodeBounds.checkRefusals) return { kind: "refused", report, seq };
    return { kind: "failed", reason: failedReason(report, refusals), final: !mayGoOn };
  }

  /** In its turn. Null: it was stopped before its check had ended. */
  async #run(attempt: UnderCheck, command: string): Promise<ShellExit | null> {
    const { onProgress } = attempt;
    const turn = Promise.withResolvers<void>();
    const before = this.#last;
    // whoever waits behind one that is stopped waits for whom that waited for
    this.#last = Promise.all([before, turn.promise]);
    try {
      // one that has to wait says so; the others are checked at once
      if (this.#waiting > 0)
        onProgress({ activity: null, notice: `waits to be checked: ${shownCheck(command)}` });
      this.#waiting += 1;
      const stopped = attempt.stopped.then(() => null);
      if ((await Promise.race([before.then(() => true), stopped])) === null) return null;
      onProgress({ notice: `checking: ${shownCheck(command)}` });
      return await this.#start(attempt, command, stopped);
    } finally {
      turn.resolve();
      this.#waiting -= 1;
      onProgress({ notice: null });
    }
  }

  async #start(
    { node, folder, cwd, onProcess }: UnderCheck,
    command: string,
    stopped: Promise<null>,
  ): Promise<ShellExit | null> {
    const { env, seconds, graceMs, shimCommand } = this.#context;
    const runId = node.brief.runId;
    const start = (dir: string) =>
      startShell({
        command,
        cwd,
        env: {
          ...withoutVariables(agentEnvironment(env), ["CORD_TOKEN"]),
          CORD_RUN: runId,
          CORD_NODE: node.node_id,
        },
        dir,
        marker: `${runId}/${nodeNumber(node.node_id)}/${node.epoch}/check`,
        timeoutMs: seconds * 1000,
        graceMs,
        tail: nodeBounds.checkOutput,
        ...(shimCommand === undefined ? {} : { shimCommand }),
      });
    for (let runs = 1; ; runs += 1) {
      const child = start(runs === 1 ? folder : `${folder}-${runs}`);
      onProcess(child);
      // who stops it in this very moment has not seen it yet
      void stopped.then(() => child.end({ graceMs }));
      const exit = await child.exited;
      onProcess(null);
      const wasStopped = (await Promise.race([stopped, Promise.resolve(exit)])) === null;
      if (wasStopped) return null;
      // that says nothing of the result
      if (!exit.isCutOff || runs === maxRuns) return exit;
    }
  }
}

/** How often a check is run that is killed each time. */
const maxRuns = 3;

/**
 * Exit codes of a shell that could not run its command. Source: POSIX, 2.8.2. The last is of cmd.exe, whose own exit is often 1
 * then: a command that is not there may count as a check that has failed on Windows.
 */
const notRunCodes: Readonly<Record<number, string>> = {
  126: "may not be executed (exit code 126)",
  127: "was not found (exit code 127)",
  9009: "was not found (exit code 9009)",
};

function reportOf(command: string, exit: ShellExit, seconds: number): CheckReport {
  const { code, output, tookMs } = exit;
  const why = notRun(exit, seconds);
  return {
    command,
    code: exit.timedOut ? null : code,
    verdict: why !== null ? "not run" : code === 0 ? "passed" : "failed",
    why,
    output: endOf(plainLines(output), nodeBounds.checkOutput),
    took_ms: tookMs,
  };
}

/** Why nothing is known of the result, as a clause; null: the check has run. */
function notRun({ code, signal, timedOut, failed }: ShellExit, seconds: number): string | null {
  if (timedOut) return `took longer than ${spanOf(seconds * 1000)}`;
  if (failed !== null) return `could not be started: ${beginningOf(failed.message, 500)}`;
  if (code === null) return `was ended by ${signal ?? "a signal"}`;
  return notRunCodes[code] ?? null;
}

function notRunReason({ node_id, brief }: Claimed, report: CheckReport): string {
  const number = nodeNumber(node_id);
  const goOn =
    number === 1
      ? `"cord run --resume ${shortRun(brief.runId)}", with another --check if need be`
      : `"cord retry ${number}"`;
  const said = lastLine(report.output);
  return `its check could not be run: ${checkOutcome(report)}${said === "" ? "" : ` (${said})`}. Its result is kept, and does not count. See that the check runs, then go on with ${goOn}.`;
}

function failedReason(report: CheckReport, refusals: number): string {
  const output = report.output.trim();
  const said = output === "" ? "It printed nothing." : `Its output ends: ${endOf(output, reasonOutput)}`;
  return `its check refused ${counted(refusals, "result")}: ${checkOutcome(report)}. ${said}`;
}

const reasonOutput = 1_000;

function lastLine(text: string): string {
  return beginningOf(text.trim().split("\n").at(-1) ?? "", 200);
}
