import type { Environment } from "../../core/environment.ts";
import { marks } from "../../core/marks.ts";
import { selfCommand } from "../../system/self.ts";
import { engineMarker } from "../name.ts";
import { lifelineKind, type Lifeline } from "./lifeline.ts";
import { spawnShim, type SpawnedShim } from "./shim-spawn.ts";
import { readReport } from "./shim-report.ts";
import type { ShimOrder, ShimReport } from "./shim.ts";
import { endAll, signal, survivors } from "./survivors.ts";
import { killTree } from "./windows-tree.ts";

interface ShimStart {
  order: Omit<ShimOrder, "lifeline">;
  /** the program under it */
  argv: readonly string[];
  env: Environment;
  /** its processes show whose they are, so that what escapes is found again: what cord refuses an agent is refused to them */
  isMarked?: boolean;
  /** `cord shim`, unless a test brings its own */
  shimCommand?: string[] | undefined;
  onReport(report: ShimReport): void;
  /** there is new output */
  onBell?(): void;
  platform?: NodeJS.Platform | undefined;
}

/** How a shim went: what it reported last, else how it exited itself. */
export interface ShimEnd {
  failed: { code: string; message: string } | null;
  /** a signal ended the shim itself: how its program went is not known, and says nothing of it */
  isCutOff: boolean;
  code: number | null;
  signal: string | null;
}

/** What a shim gets beyond its program's grace, before the engine ends the group over its head. */
const shimGraceMs = 3_000;

/** How long what a shim that was killed left behind has between TERM and KILL. */
export const sweepGraceMs = 500;

/**
 * A shim as its engine sees it: it leads a session of its own (on Windows a job), with one program in it and all that the program
 * starts. The constructor throws the system's error where it cannot be started.
 */
export class ShimProcess {
  /** also of the process group */
  readonly pid: number;
  /** Resolves when nothing of it is left. Never rejects. */
  readonly ended: Promise<ShimEnd>;
  readonly opened: Promise<Lifeline>;
  readonly #marker: string;
  readonly #process: SpawnedShim;
  readonly #platform: NodeJS.Platform;
  #last: Extract<ShimReport, { failed: unknown } | { exited: unknown }> | null = null;
  #isOver = false;
  /** its end has been asked for */
  #isEnding = false;

  constructor({
    order,
    argv,
    env,
    shimCommand,
    onReport,
    onBell = () => {},
    isMarked = true,
    platform = process.platform,
  }: ShimStart) {
    const whose = isMarked ? { [marks.attempt]: order.attempt, [marks.engine]: engineMarker() } : {};
    const marked = { ...env, ...whose };
    this.#marker = order.attempt;
    this.#platform = platform;
    const lifeline = lifelineKind(platform);
    const full = JSON.stringify({ ...order, lifeline } satisfies ShimOrder);
    const command = [...(shimCommand ?? selfCommand("shim")), full, ...argv];
    this.#process = spawnShim(lifeline, command, marked, (line) => {
      if (line === "") return onBell();
      const report = readReport(line);
      if (report === null) return;
      if ("failed" in report || "exited" in report) this.#last = report;
      onReport(report);
    });
    this.pid = this.#process.pid;
    this.opened = this.#process.lifeline;
    this.ended = this.#end();
  }

  get stdin() {
    return this.#process.stdin;
  }

  /** TERM to all of it, KILL after the grace. Resolves when nothing of it is left. A shorter grace may follow. */
  async end(graceMs: number): Promise<void> {
    if (this.#isOver) return;
    this.#isEnding = true;
    void this.opened.then((lifeline) => lifeline.send(`end ${Math.max(0, Math.round(graceMs))}`));
    const timer = setTimeout(() => this.#endOverHead(), graceMs + shimGraceMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** It did not do it: it is stopped, or stuck. While its end is not known, its pid is nobody else's. */
  #endOverHead(): void {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    // no group there; the shim's own end ends its job
    if (this.#platform === "win32") killTree(this.pid);
    else signal(-this.pid, "SIGKILL");
  }

  async #end(): Promise<ShimEnd> {
    await this.#process.exited;
    await (
      await this.opened
    ).closed;
    // one that was killed ended nobody
    if (this.#last === null) await endAll(() => survivors(this.pid, this.#marker), sweepGraceMs);
    this.#isOver = true;
    void this.opened.then((lifeline) => lifeline.close());
    const { exitCode: code, signalCode } = this.#process;
    const own = { code, signal: signalCode === null ? null : String(signalCode) };
    if (this.#last === null) {
      const failed = { code: "", message: `its shim ended with ${own.signal ?? own.code}` };
      return { failed, isCutOff: own.signal !== null && !this.#isEnding, ...own };
    }
    return "failed" in this.#last
      ? { failed: this.#last.failed, isCutOff: false, ...own }
      : { failed: null, isCutOff: false, ...this.#last.exited };
  }
}
