import { Terminal } from "@xterm/headless";
import { piecesOf, type Piece } from "./cells.ts";
import type { ScreenStream } from "../../../src/tui/terminal/screen.ts";

/** A real terminal emulator as the stream of a screen, with its grid to be read. */
export class FakeTerminal implements ScreenStream {
  readonly isTTY = true;
  readonly #terminal: Terminal;
  readonly #listeners = new Set<() => void>();
  /** All that was written, in order. */
  readonly writes: string[] = [];

  constructor(columns: number, rows: number) {
    this.#terminal = new Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  write(text: string): void {
    this.writes.push(text);
    this.#terminal.write(text);
  }

  on(_event: "resize", listener: () => void): void {
    this.#listeners.add(listener);
  }

  off(_event: "resize", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** What was written before is applied first, as on a real terminal. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.settled();
    this.#terminal.resize(columns, rows);
    for (const listener of this.#listeners) listener();
  }

  settled(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write("", resolve));
  }

  /** Every line since the start, those scrolled away too, without the blank ones at the end. */
  async lines(): Promise<string[]> {
    await this.settled();
    const buffer = this.#terminal.buffer.active;
    const lines = Array.from(
      { length: buffer.length },
      (_, row) => buffer.getLine(row)?.translateToString(true) ?? "",
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  }

  /** The rows that are on the screen. */
  async screen(): Promise<string[]> {
    await this.settled();
    const buffer = this.#terminal.buffer.active;
    return Array.from(
      { length: this.rows },
      (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "",
    );
  }

  /** The same with their colours. */
  async pieces(): Promise<Piece[][]> {
    await this.settled();
    return piecesOf(this.#terminal);
  }

  /** Where the cursor is, counted from the first row on the screen. */
  async cursor(): Promise<{ column: number; row: number }> {
    await this.settled();
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { column: cursorX, row: cursorY };
  }

  async isAlternate(): Promise<boolean> {
    await this.settled();
    return this.#terminal.buffer.active.type === "alternate";
  }

  async modes(): Promise<{ wraps: boolean; pastes: boolean; synchronized: boolean }> {
    await this.settled();
    const { wraparoundMode, bracketedPasteMode, synchronizedOutputMode } = this.#terminal.modes;
    return { wraps: wraparoundMode, pastes: bracketedPasteMode, synchronized: synchronizedOutputMode };
  }

  /** Whether the last word on the cursor was to show it. */
  get cursorShown(): boolean {
    const written = this.writes.join("");
    return written.lastIndexOf("\x1b[?25h") >= written.lastIndexOf("\x1b[?25l");
  }
}

/** Time that passes when the test says so. */
export class ManualTime {
  readonly #waiting = new Set<() => void>();

  readonly schedule = (run: () => void): (() => void) => {
    this.#waiting.add(run);
    return () => this.#waiting.delete(run);
  };

  /** Runs what is scheduled at this moment. */
  pass(): void {
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const run of due) run();
  }

  get scheduled(): number {
    return this.#waiting.size;
  }
}
