import { fstatSync, read, readFileSync, type Stats } from "node:fs";
import { tell } from "../output.ts";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";

/** How long a pipe that nobody named may be silent, and when it is said that it is waited for. */
interface Timeouts {
  silentMs: number;
  saidAfterMs: number;
}

const defaultTimeouts: Timeouts = { silentMs: 60_000, saidAfterMs: 3000 };

/** Whether standard input is a pipe or a file: a terminal and /dev/null hold no goal. */
export function hasInput(): boolean {
  try {
    const found = fstatSync(0);
    return found.isFIFO() || found.isFile() || found.isSocket();
  } catch {
    return false;
  }
}

/**
 * All of standard input. If it is read only because there are no words, a pipe without input is given up after a
 * minute: whoever started this may not know that there is one.
 */
export async function bytesOfInput(how: "asked" | "unasked"): Promise<Buffer> {
  if (process.stdin.isTTY) tell("Type the goal; Ctrl-D on a line of its own ends it.");
  const given = how === "asked" ? { ...defaultTimeouts, silentMs: Infinity } : defaultTimeouts;
  return bytesOf(process.stdin.isTTY ? typed() : Bun.stdin.stream(), "Standard input", given);
}

/** What is typed, to its end. Not by Bun's stream of it, which would be locked then: the run's keys come from the same terminal. */
function typed(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (stream) =>
      new Promise((resolve, reject) => {
        const piece = Buffer.alloc(pieceBytes);
        read(0, piece, 0, pieceBytes, null, (error, size) => {
          if (error) return reject(error);
          if (size === 0) stream.close();
          else stream.enqueue(piece.subarray(0, size));
          resolve();
        });
      }),
  });
}

const pieceBytes = 65_536;

/** All that a stream gives. Throws `usage` when it is too much, or when nothing at all comes for too long. */
export async function bytesOf(
  stream: ReadableStream<Uint8Array>,
  what: string,
  { silentMs, saidAfterMs }: Timeouts = defaultTimeouts,
): Promise<Buffer> {
  const reader = stream.getReader();
  const silent = Promise.withResolvers<never>();
  const timers = [
    setTimeout(() => {
      if (!process.stdin.isTTY)
        tell(`cord run: waiting for the goal from ${inSentence(what)}. Ctrl-C ends it.`);
    }, saidAfterMs),
    ...(silentMs === Infinity ? [] : [setTimeout(() => silent.reject(nothingCame(what)), silentMs)]),
  ];
  const chunks: Uint8Array[] = [];
  try {
    for (let size = 0; ;) {
      const { done, value } = await Promise.race([reader.read(), silent.promise]);
      timers.splice(0).forEach(clearTimeout);
      if (done) return Buffer.concat(chunks);
      chunks.push(value);
      size += value.length;
      if (size > limits.promptLength) throw tooLarge(what);
    }
  } finally {
    timers.forEach(clearTimeout);
    reader.cancel().catch(() => {});
  }
}

export function bytesOfFile(path: string, { size }: Stats): Buffer {
  if (size > limits.promptLength) throw tooLarge(path);
  try {
    return readFileSync(path);
  } catch {
    throw new CordError("usage", `${path} cannot be read. Check its rights.`);
  }
}

export function tooLarge(what: string): CordError {
  return new CordError(
    "usage",
    `${what} is larger than ${limits.promptLength} bytes. Keep the plan short and let it name the files to read.`,
  );
}

function nothingCame(what: string): CordError {
  return new CordError(
    "usage",
    `Nothing came from ${inSentence(what)}. Say what is to be done: cord run "your goal"; "cord run -" waits as long as it takes.`,
  );
}

function inSentence(what: string): string {
  return what === "Standard input" ? "standard input" : what;
}
