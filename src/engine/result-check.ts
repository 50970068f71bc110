import { join } from "node:path";
import { agentNamed } from "./agents/agents.ts";
import { troubleOfShell } from "./outside.ts";
import type { ShellProcess } from "./process/shell.ts";
import type { Claimed, HandedIn, Progress, RunContext, UnderCheck } from "./run-context.ts";
import type { Verdict } from "./verdict.ts";

/** The checks of one attempt's results: which hand-ins they have refused, and the one that runs now. */
export class ResultCheck {
  readonly #node: Claimed;
  readonly #context: RunContext;
  readonly #onProgress: (progress: Progress) => void;
  #process: ShellProcess | null = null;
  #isUnderWay = false;
  #count = 0;
  /** hand-ins up to this seq were refused */
  #refusedSeq = 0;

  constructor(node: Claimed, context: RunContext, onProgress: (progress: Progress) => void) {
    this.#node = node;
    this.#context = context;
    this.#onProgress = onProgress;
  }

  /** Whether what was handed in is being checked, so that its agent may have to go on. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Whether what an event tells of is a hand-in that was not refused yet: the event may come late. */
  isNew(seq: number): boolean {
    return seq > this.#refusedSeq;
  }

  async end(graceMs: number): Promise<void> {
    await this.#process?.end({ graceMs });
  }

  /** Judges a verdict anew, where that is a hand-in that has to be checked. cwd: where its agent worked; folder: where it printed. */
  async judge(
    verdict: Verdict,
    { cwd, folder }: { cwd: string; folder: string },
    stopped: Promise<void>,
  ): Promise<Verdict> {
    if (this.#node.brief.check === null || !isHandIn(verdict)) return verdict;
    this.#isUnderWay = true;
    this.#count += 1;
    try {
      const judged = await this.#context.checks.judge(this.#asked(cwd, folder, stopped), verdict);
      if (judged.kind === "refused") this.#refusedSeq = judged.seq;
      return judged;
    } finally {
      this.#isUnderWay = false;
    }
  }

  #asked(cwd: string, folder: string, stopped: Promise<void>): UnderCheck {
    return {
      node: this.#node,
      folder: join(folder, `check-${this.#count}`),
      cwd,
      stopped,
      onProgress: this.#onProgress,
      onProcess: (process) => (this.#process = process),
      trouble: (code) => troubleOfShell(code, { ...this.#context, agent: agentNamed(this.#node.agent) }),
    };
  }
}

function isHandIn(verdict: Verdict): verdict is HandedIn {
  return verdict.kind === "done" || verdict.kind === "handIn";
}
