import type { Environment } from "../core/environment.ts";
import { environment } from "../system/environment.ts";
import { CordError, messageOf } from "../core/error.ts";
import { plainJson } from "../core/text.ts";
import { isStdoutClosed } from "./closed-stdout.ts";

/**
 * Writes to stdout, and resolves when all of it was taken: the process may end right after. Throws OutputLost when it
 * cannot be written, and ReaderGone when the reader has stopped reading, as `head -1` does: then there is nothing
 * more to do.
 */
export function print(text: string): Promise<void> {
  const written = last.then(() => write(text.endsWith("\n") ? text : `${text}\n`));
  last = written.catch(() => {});
  return written;
}

/** On one line, unless it is indented by so many blanks. */
export function printJson(value: unknown, indent = 0): Promise<void> {
  return print(plainJson(value, indent));
}

/**
 * What a command did. Scripts read indented JSON, as from the board before this one; a person at a terminal reads words,
 * unless --json is given.
 */
export async function printDone(
  done: unknown,
  json: boolean | undefined,
  words: () => string | Promise<string>,
): Promise<void> {
  return json || !process.stdout.isTTY ? printJson(done, 2) : print(await words());
}

/** A line beside the result, on stderr. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What a table on stdout is drawn for. */
export function outputLook(): { width: number; color: boolean } {
  return { width: outputWidth(), color: hasColor() };
}

/** The columns a table may take: the terminal's, else what COLUMNS says, else 120. */
export function outputWidth(): number {
  const said = Number(environment.COLUMNS);
  return process.stdout.columns || (Number.isInteger(said) && said > 0 ? said : 120);
}

/**
 * Whether output to this stream may have colours: as the environment says, else if it is a terminal that has them.
 */
export function hasColor(stream: { isTTY?: boolean } = process.stdout): boolean {
  return colorWish(environment) ?? canRedraw(stream);
}

/** Whether the environment wants colours; null: it does not say. Sources: https://no-color.org, https://force-color.org */
export function colorWish({ NO_COLOR, FORCE_COLOR }: Environment): boolean | null {
  if (NO_COLOR) return false;
  return FORCE_COLOR ? FORCE_COLOR !== "0" && FORCE_COLOR !== "false" : null;
}

/** Whether this is a terminal that takes more than lines of text. */
export function canRedraw(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && environment.TERM !== "dumb";
}

/** Whoever read stdout has read what they wanted. No error: the command just ends. */
export class ReaderGone extends Error {}

/** Not all of stdout could be written; `why` is a clause. */
export class OutputLost extends CordError {
  readonly why: string;

  constructor(why: string, options: ErrorOptions) {
    super(
      "failed",
      `The output could not be written: ${why}. What the command changed stays changed; only what it says is lost.`,
      options,
    );
    this.why = why;
  }
}

/** Keeps a stream that breaks from ending the process by itself. Called once, before anything is written. */
export function watchOutput(): void {
  process.stdout.on("error", (error) => (failure ??= failureOf(error)));
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => broken.add(stream));
}

/**
 * Ends stdout, and resolves once all that was written to it is out, or cannot be: then to why, also where the writer did
 * not wait, such as a screen. Null too when its reader was content with less.
 */
export async function closeOutput(): Promise<OutputLost | null> {
  await last;
  await written(process.stdout);
  return failure instanceof OutputLost ? failure : null;
}

/**
 * Ends a stream, and resolves when all that was written to it is out, or cannot be. A pipe takes 64 KiB at a time,
 * and what it has not taken would be lost with the process. Only end() tells: an empty write is called back at once.
 */
export function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (broken.has(stream)) resolve();
    for (const event of ["error", "close"]) stream.once(event, () => resolve());
    stream.end(() => resolve());
  });
}

/** Streams that had an error: of what is written to them nothing more is heard. */
const broken = new Set<NodeJS.WriteStream>();
let last: Promise<void> = Promise.resolve();
let failure: OutputLost | ReaderGone | null = null;
let isTaken = false;
let isClosed: boolean | null = null;

/** As much as an empty pipe takes at once: so it is known whether a reader that goes has read anything. */
const pieceBytes = 65_536;

async function write(text: string): Promise<void> {
  if ((isClosed ??= isStdoutClosed())) throw (failure ??= failureOf({ code: "EBADF" }));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    await taken(bytes.subarray(at, at + pieceBytes));
    isTaken = true;
  }
}

function taken(piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(piece, (error) => {
      if (error) reject((failure ??= failureOf(error)));
      else resolve();
    });
  });
}

function failureOf(error: unknown): OutputLost | ReaderGone {
  // what Bun gives for a descriptor that is closed is no Error
  const code =
    typeof error === "object" && error !== null && "code" in error ? String(error.code) : messageOf(error);
  if (code === "EPIPE" && isTaken) return new ReaderGone();
  return new OutputLost(`${reasons.get(code) ?? "the system refused it"} (${code})`, { cause: error });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the quota is used up"],
  ["EFBIG", "the file is as large as it may be"],
  ["EPIPE", "nobody reads the pipe"],
  ["EIO", "the terminal is gone"],
  ["EBADF", "stdout is closed"],
]);
