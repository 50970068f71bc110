import { inputLine } from "./line-input.ts";
import type { LineInput } from "./line-input.ts";
import { widthOf } from "./width.ts";

export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

export interface Size {
  width: number;
  height: number;
}

/** Draws at the size it is given. Called when the screen is due, and again when the size changes. */
export type Frame = (size: Size) => string[];

export interface Prompt {
  label: string;
  line: LineInput;
}

interface ScreenOptions {
  /** Inline draws below the shell's prompt and leaves the last frame there; full takes the whole screen and gives it back. */
  mode?: "inline" | "full";
  /** The shortest time between two frames. */
  intervalMs?: number;
  /** Runs a function later; gives the function that calls it off. */
  schedule?: (run: () => void, ms: number) => () => void;
  /** What tells of the end of the process, so that the terminal is given back on every exit. */
  exits?: ExitSource;
}

interface ExitSource {
  on(event: "exit", listener: () => void): unknown;
  off(event: "exit", listener: () => void): unknown;
}

/**
 * Redraws a few lines of a terminal in place. Only lines that changed are written, each frame in one write and one
 * synchronized update; lines never wrap and a frame never scrolls what it will have to find again. Lines are
 * written as they are: colours are welcome, text of others must have gone through plain().
 *
 * Where the stream is no terminal, only print writes, and nothing but the lines themselves.
 */
export class Screen {
  readonly #stream: ScreenStream;
  readonly #full: boolean;
  readonly #intervalMs: number;
  readonly #schedule: (run: () => void, ms: number) => () => void;
  readonly #exits: ExitSource;

  #frame: Frame = () => [];
  #prompt: Prompt | null = null;
  /** Printed and not yet written; in full mode kept until the screen is given back. */
  #printed: string[] = [];

  #state: "new" | "drawing" | "restored" = "new";
  #due = false;
  #cancelFrame: (() => void) | null = null;

  /** What stands on the terminal, from the top of the live area. */
  #shown: string[] = [];
  #shownSize: Size = { width: 0, height: 0 };
  /** The cursor's line and column in the live area. */
  #cursor = { line: 0, column: 0 };
  #promptShown = false;

  constructor(stream: ScreenStream, options: ScreenOptions = {}) {
    const { mode = "inline", intervalMs = 100, schedule = later, exits = process } = options;
    this.#stream = stream;
    this.#full = mode === "full";
    this.#intervalMs = intervalMs;
    this.#schedule = schedule;
    this.#exits = exits;
  }

  /** Sets what the live area shows; drawn at once, or when the interval since the last frame is over. */
  draw(frame: Frame): void {
    this.#frame = frame;
    this.#request();
  }

  /** Sets the input line under the live area, or takes it away. The cursor is seen only while there is one. */
  prompt(prompt: Prompt | null): void {
    this.#prompt = prompt;
    this.#request();
  }

  /** Writes lines that stay, above the live area. */
  print(lines: string[]): void {
    if (lines.length === 0) return;
    if (!this.#live) {
      const end = this.#stream.isTTY === true ? "\r\n" : "\n";
      this.#stream.write(lines.map((line) => line + end).join(""));
      return;
    }
    this.#printed.push(...lines);
    this.#request();
  }

  /** Forgets what it believes to be on the terminal and draws all of it, as Ctrl-L asks. */
  redraw(): void {
    if (this.#state !== "drawing") return;
    this.#stream.write(this.#full ? "\x1b[2J" : `${this.#toTop()}\x1b[J`);
    this.#forget();
    this.flush();
  }

  /** Draws what waits for its turn, now. */
  flush(): void {
    this.#due = false;
    if (!this.#live) return;
    this.#begin();
    const text = this.#update();
    if (text !== "") this.#stream.write(`${syncBegin}${wrapOff}${text}${wrapOn}${syncEnd}`);
  }

  /**
   * Gives the terminal back: cursor, wrapping, paste mode, and the screen under a full one. Inline, the last frame
   * stays and the cursor stands on the line below it. Idempotent; nothing is drawn afterwards, print still prints.
   */
  restore(): void {
    const was = this.#state;
    this.#state = "restored";
    this.#cancelFrame?.();
    this.#cancelFrame = null;
    this.#due = false;
    if (was === "drawing") {
      this.#stream.off?.("resize", this.#resized);
      this.#exits.off("exit", this.restoreOnExit);
      this.#stream.write(this.#ending());
    }
    const kept = this.#printed;
    this.#printed = [];
    if (was !== "restored") this.print(kept);
  }

  /** Bound, so that it can be a listener. */
  readonly restoreOnExit = (): void => this.restore();

  get #live(): boolean {
    return this.#stream.isTTY === true && this.#state !== "restored";
  }

  /** The last row is left free inline: a line feed there would scroll the frame away from where it is looked for. */
  get #size(): Size {
    const width = Math.max(1, this.#stream.columns || 80);
    const rows = Math.max(1, this.#stream.rows || 24);
    return { width, height: this.#full ? rows : Math.max(1, rows - 1) };
  }

  #request(): void {
    if (!this.#live) return;
    this.#due = true;
    if (this.#cancelFrame === null) this.#endFrame();
  }

  /** Draws if something is due, and then not again before the interval is over. */
  #endFrame(): void {
    this.#cancelFrame = null;
    if (!this.#due || !this.#live) return;
    this.#cancelFrame = this.#schedule(() => this.#endFrame(), this.#intervalMs);
    this.flush();
  }

  #begin(): void {
    if (this.#state === "drawing") return;
    this.#state = "drawing";
    this.#stream.on?.("resize", this.#resized);
    this.#exits.on("exit", this.restoreOnExit);
    this.#shownSize = this.#size;
    this.#stream.write(`${this.#full ? "\x1b[?1049h\x1b[2J\x1b[H" : ""}${hideCursor}`);
  }

  readonly #resized = (): void => this.#request();

  /** The bytes that bring the terminal from what it shows to what it should. */
  #update(): string {
    const size = this.#size;
    const { lines, cursor } = this.#compose(size);
    let text = "";
    if (size.width !== this.#shownSize.width || size.height !== this.#shownSize.height) {
      text += this.#full ? "\x1b[2J" : `${this.#toTop(size.width)}\x1b[J`;
      this.#forget();
      this.#shownSize = size;
    }
    if (!this.#full && this.#printed.length > 0) {
      text += `${this.#toTop()}\x1b[J${wrapOn}${this.#printed.map((line) => `${line}\r\n`).join("")}${wrapOff}`;
      this.#printed = [];
      this.#forget();
    }
    text += this.#changed(lines);
    text += this.#moveTo(cursor.line, cursor.column);
    return text + this.#promptMode();
  }

  #compose({ width, height }: Size): { lines: string[]; cursor: { line: number; column: number } } {
    if (this.#prompt === null) {
      const lines = this.#frame({ width, height }).slice(0, height);
      return { lines, cursor: { line: Math.max(0, lines.length - 1), column: 0 } };
    }
    const { text, column } = inputLine(this.#prompt.label, this.#prompt.line, width);
    const above = height > 1 ? this.#frame({ width, height: height - 1 }).slice(0, height - 1) : [];
    return { lines: [...above, text], cursor: { line: above.length, column } };
  }

  #changed(lines: string[]): string {
    let text = "";
    for (const [index, line] of lines.entries()) {
      if (this.#shown[index] === line) continue;
      text += `${this.#moveTo(index, 0)}\x1b[2K${line}\r`;
    }
    if (lines.length < this.#shown.length) {
      text += `${this.#moveTo(lines.length, 0)}\x1b[J`;
    }
    this.#shown = lines;
    return text;
  }

  /** Down is by line feeds: on the last row of the screen they make room, where a cursor movement would stop. */
  #moveTo(line: number, column: number): string {
    const from = this.#cursor;
    if (from.line === line && from.column === column) return "";
    this.#cursor = { line, column };
    if (this.#full) return `\x1b[${line + 1};${column + 1}H`;
    const vertical = line < from.line ? `\x1b[${from.line - line}A` : "\n".repeat(line - from.line);
    return `\r${vertical}${column > 0 ? `\x1b[${column}C` : ""}`;
  }

  /**
   * Moves to the first line of the live area. After a change of width the terminal has wrapped lines that are now too
   * long, so they take more rows than were drawn; the cursor stops at the top of the screen.
   */
  #toTop(width = this.#shownSize.width): string {
    if (this.#full) return "\x1b[H";
    const above = this.#shown.slice(0, this.#cursor.line);
    const rows = above.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / width)), 0);
    const wrapped = Math.floor(this.#cursor.column / width);
    return `\r${rows + wrapped > 0 ? `\x1b[${rows + wrapped}A` : ""}`;
  }

  /** The cursor is at the top of an empty live area. */
  #forget(): void {
    this.#shown = [];
    this.#cursor = this.#full ? { line: -1, column: -1 } : { line: 0, column: 0 };
  }

  #promptMode(): string {
    const wanted = this.#prompt !== null;
    if (wanted === this.#promptShown) return "";
    this.#promptShown = wanted;
    return wanted ? `${pasteOn}${showCursor}` : `${pasteOff}${hideCursor}`;
  }

  #ending(): string {
    const modes = `${syncEnd}${wrapOn}${this.#promptShown ? pasteOff : ""}${showCursor}\x1b[0m`;
    if (this.#full) return `${modes}\x1b[?1049l`;
    if (this.#shown.length === 0) return `\r\x1b[J${modes}`;
    const last = this.#shown.length - 1;
    if (this.#promptShown) return `${this.#moveTo(last, 0)}\x1b[2K${modes}`;
    return `${this.#moveTo(last, 0)}\r\n${modes}`;
  }
}

const syncBegin = "\x1b[?2026h";
const syncEnd = "\x1b[?2026l";
const wrapOff = "\x1b[?7l";
const wrapOn = "\x1b[?7h";
const hideCursor = "\x1b[?25l";
const showCursor = "\x1b[?25h";
const pasteOn = "\x1b[?2004h";
const pasteOff = "\x1b[?2004l";

/** Does not keep the process alive: a frame is no work. */
function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
