import type { Run } from "../../core/run.ts";
import { hasJobControl, suspendJob } from "../../engine/process/suspend.ts";
import type { RunModel } from "../../tui/run/model.ts";
import { KeyReader, type Key } from "../../tui/terminal/keys.ts";
import { Screen, type Size } from "../../tui/terminal/screen.ts";
import { wrap } from "../../tui/terminal/width.ts";
import { lookAtWindowSize } from "../../tui/terminal/window-size.ts";
import { hasColor } from "../output.ts";
import { say } from "./change-log.ts";
import type { Display, RunActions } from "./display.ts";
import { firstLines } from "./first-lines.ts";
import { interrupter, onSignals } from "./interrupts.ts";
import { Steering } from "./steering.ts";

const secondMs = 1000;
const maxLinesOfOne = 8;
const unstoppedMs = 300;
/** Longer than between two keys of a person who types, and than the run's end takes to be seen. */
const typingPauseMs = 700;
const longestTypingMs = 10_000;

/**
 * The person's terminal while a run has it. The tree takes the whole screen while it changes, so that no size of the
 * terminal leaves a part of it behind.
 */
export class LiveTree implements Display {
  readonly #steering: Steering;
  readonly #interrupt: () => string;
  readonly #signals: { off(): void };
  readonly #keys = new KeyReader(process.stdin, (key) => this.#key(key));
  readonly #tick: ReturnType<typeof setInterval>;
  #screen = new Screen(process.stderr, { mode: "full" });
  #stopping: string | null = null;
  /** The editor that has the terminal. */
  #lent: Promise<unknown> | null = null;
  #isSuspended = false;
  #isClosed = false;
  #onLateKey: (key: Key) => void = () => {};

  constructor(model: RunModel, run: Run, { onInterrupt, ...actions }: RunActions) {
    const first = firstLines(run.options);
    say(first.flatMap((line) => wrap(line, process.stderr.columns || 80, maxLinesOfOne)));
    const look = { color: hasColor(process.stderr), hasKeys: process.stdin.isTTY, first };
    const onChange = () => this.#draw();
    this.#steering = new Steering(
      model,
      { ...actions, onLeave: null, onChange, lend: (use) => this.#lend(use) },
      look,
    );
    this.#interrupt = interrupter(model, onInterrupt);
    // a Ctrl-C in an editor is the editor's
    this.#signals = onSignals((name) => {
      if (this.#lent === null || name !== "SIGINT") this.#stop();
    });
    process.on("SIGCONT", this.#onContinued);
    this.#tick = setInterval(() => {
      lookAtWindowSize();
      this.#draw();
    }, secondMs);
    this.#startKeys();
    this.#draw();
  }

  changed(): void {
    this.#draw();
  }

  notice(): void {
    this.#draw();
  }

  async close(): Promise<void> {
    // what a person writes is not cut off by the end of the run; by a signal to end it is
    if (this.#stopping === null) await this.#lent?.catch(() => {});
    this.#isClosed = true;
    if (this.#stopping === null && this.#isTyping) await this.#typedOut();
    clearInterval(this.#tick);
    process.off("SIGCONT", this.#onContinued);
    this.#signals.off();
    this.#stopKeys();
    this.#screen.restore();
    this.#steering.close();
  }

  get #isTyping(): boolean {
    return process.stdin.isTTY && this.#steering.prompt() !== null;
  }

  /**
   * Who is in the middle of a line when the run ends types on for a moment. What they type, and Enter, is for no shell: it is
   * dropped until they pause.
   */
  #typedOut(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let paused = setTimeout(resolve, typingPauseMs);
    const last = setTimeout(resolve, longestTypingMs);
    this.#onLateKey = (key) => {
      clearTimeout(paused);
      if (key.name === "ctrl-c") return resolve();
      paused = setTimeout(resolve, typingPauseMs);
    };
    return promise.finally(() => {
      clearTimeout(paused);
      clearTimeout(last);
    });
  }

  #draw(): void {
    if (this.#isSuspended) return;
    this.#screen.prompt(this.#steering.prompt());
    this.#screen.draw((size) => this.#steering.lines(size, this.#stopping));
  }

  #key(key: Key): void {
    if (this.#isClosed) return this.#onLateKey(key);
    if (key.name === "ctrl-c") return this.#stop();
    if (key.name === "ctrl-z") return this.#suspend();
    if (key.name === "ctrl-l") return this.#screen.redraw();
    this.#steering.key(key, this.#size);
    // what a person does is seen at once, however lately a frame was drawn
    this.#screen.flush();
  }

  /** Of a frame, without the line that is typed. */
  get #size(): Size {
    const height = process.stderr.rows || 24;
    const isTyped = this.#steering.prompt() !== null;
    return { width: process.stderr.columns || 80, height: isTyped ? Math.max(1, height - 1) : height };
  }

  #stop(): void {
    this.#stopping = this.#interrupt();
    this.#draw();
    this.#screen.flush();
  }

  /** The agents go on meanwhile: they are no part of the job. */
  #suspend(): void {
    if (!hasJobControl()) return;
    this.#isSuspended = true;
    this.#stopKeys();
    this.#screen.restore();
    suspendJob();
    // without job control nothing stops the process, and nothing will continue it
    setTimeout(() => this.#resume(), unstoppedMs);
  }

  /** The run goes on meanwhile, and is drawn again afterwards. */
  async #lend<T>(use: () => Promise<T>): Promise<T> {
    this.#isSuspended = true;
    this.#stopKeys();
    this.#screen.restore();
    const lent = use();
    this.#lent = lent;
    try {
      return await lent;
    } finally {
      this.#lent = null;
      this.#resume();
    }
  }

  #resume(): void {
    if (!this.#isSuspended || this.#isClosed) return;
    this.#isSuspended = false;
    this.#screen = new Screen(process.stderr, { mode: "full" });
    this.#startKeys();
    this.#draw();
  }

  /** The shell that had the terminal may have changed its mode and its content. */
  readonly #onContinued = (): void => {
    try {
      if (this.#lent) return;
      if (this.#isSuspended) return this.#resume();
      this.#stopKeys();
      this.#startKeys();
      this.#screen.redraw();
    } catch {
      // a terminal that is closed continues its jobs, too, and is gone: SIGHUP tells that
    }
  };

  #startKeys(): void {
    if (process.stdin.isTTY) this.#keys.start();
  }

  #stopKeys(): void {
    if (process.stdin.isTTY) this.#keys.stop();
  }
}
