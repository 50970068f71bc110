import { hasJobControl, suspendJob } from "../../engine/process/suspend.ts";
import { KeyReader, type Key } from "../../tui/terminal/keys.ts";
import { Screen, type Prompt, type Size } from "../../tui/terminal/screen.ts";
import { lookAtWindowSize } from "../../tui/terminal/window-size.ts";

interface TerminalParts {
  draw(size: Size): string[];
  prompt(): Prompt | null;
  onKey(key: Key): void;
  /** The system asks the process to go, or the terminal has gone. */
  onEnd(): void;
  /** Something threw where nobody awaits it. */
  onError(error: unknown): void;
}

const ageEveryMs = 1000;
/** SIGBREAK is Ctrl-Break on Windows, where a window that is closed is a SIGHUP; elsewhere nobody sends it. */
const ending = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"] as const;

/** The person's terminal while the dashboard has it: its screen, its keys, and the signals that end or stop it. */
export class TopTerminal {
  readonly #parts: TerminalParts;
  readonly #keys: KeyReader;
  #screen: Screen;
  #ages: ReturnType<typeof setInterval> | null = null;
  #isSuspended = false;
  /** An editor has the terminal. */
  #isLent = false;

  constructor(parts: TerminalParts) {
    this.#parts = parts;
    this.#screen = new Screen(process.stdout, { mode: "full" });
    this.#keys = new KeyReader(process.stdin, (key) => this.#guard(() => parts.onKey(key)));
  }

  get size(): Size {
    return { width: process.stdout.columns || 80, height: process.stdout.rows || 24 };
  }

  /** Of a frame, without the line that is typed. */
  get frameSize(): Size {
    const { width, height } = this.size;
    return { width, height: this.#parts.prompt() === null ? height : Math.max(1, height - 1) };
  }

  /** Draws what is due now: what a person does is seen at once. */
  flush(): void {
    if (!this.#isSuspended) this.#guard(() => this.#screen.flush());
  }

  open(): void {
    for (const name of ending) process.on(name, this.#onEnd);
    process.on("SIGTSTP", this.#onStop);
    process.on("SIGCONT", this.#onContinued);
    process.stdin.on("end", this.#parts.onEnd);
    this.#keys.start();
    this.#ages = setInterval(() => {
      lookAtWindowSize();
      this.draw();
    }, ageEveryMs);
  }

  draw(): void {
    if (this.#isSuspended) return;
    this.#guard(() => {
      this.#screen.prompt(this.#parts.prompt());
      this.#screen.draw((size) => this.#frame(size));
    });
  }

  redraw(): void {
    this.#guard(() => this.#screen.redraw());
  }

  /** Gives the terminal back, and stops the job as Ctrl-Z does elsewhere; goes on when the job does. */
  suspend(): void {
    if (this.#isSuspended || !hasJobControl()) return;
    this.#isSuspended = true;
    this.#release();
    process.off("SIGTSTP", this.#onStop);
    suspendJob();
    // Without job control nothing stops the process, and nothing will continue it.
    setTimeout(() => this.#resume(), unstoppedMs);
  }

  /** Gives the terminal to an editor for as long as that has it. */
  async lend<T>(use: () => Promise<T>): Promise<T> {
    this.#isSuspended = true;
    this.#isLent = true;
    this.#release();
    try {
      return await use();
    } finally {
      this.#isLent = false;
      this.#resume();
    }
  }

  /** Idempotent. */
  close(): void {
    for (const name of ending) process.off(name, this.#onEnd);
    process.off("SIGTSTP", this.#onStop);
    process.off("SIGCONT", this.#onContinued);
    process.stdin.off("end", this.#parts.onEnd);
    if (this.#ages) clearInterval(this.#ages);
    this.#isSuspended = true;
    this.#release();
  }

  #release(): void {
    this.#keys.stop();
    this.#screen.restore();
  }

  /** A Ctrl-C in an editor is the editor's. */
  readonly #onEnd = (name: string): void => {
    if (!this.#isLent || name !== "SIGINT") this.#parts.onEnd();
  };

  readonly #onStop = (): void => this.suspend();

  /** The shell may have changed the terminal's mode, and what is on it. */
  readonly #onContinued = (): void => {
    if (this.#isLent) return;
    if (this.#isSuspended) return this.#resume();
    this.#keys.stop();
    this.#keys.start();
    this.redraw();
  };

  #resume(): void {
    if (!this.#isSuspended || this.#ages === null) return;
    this.#isSuspended = false;
    process.on("SIGTSTP", this.#onStop);
    this.#screen = new Screen(process.stdout, { mode: "full" });
    this.#keys.start();
    this.draw();
  }

  /** Called by the screen's own timer too, where an error would end the process with the terminal as it is. */
  #frame(size: Size): string[] {
    try {
      return this.#parts.draw(size);
    } catch (error) {
      this.#parts.onError(error);
      return [];
    }
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#parts.onError(error);
    }
  }
}

const unstoppedMs = 300;
