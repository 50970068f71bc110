import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { systemCode } from "../../core/system-code.ts";
import { openPrivate } from "../../system/private-file.ts";

/** Where in its files the output of one start of an attempt begins, in bytes. */
export interface OutputBegin {
  output: number;
  errors: number;
}

/**
 * A file of an attempt's output. write() returns what the disk did not take, so that it can be sent another way.
 * After that nothing is written until a write at the start of a line succeeds, with a note of what is missing.
 */
export class OutputFile {
  /** where this start's output begins, in bytes: behind that of earlier starts */
  readonly from: number;
  readonly #fd: number;
  /** why it does not take more, and how much it did not take; null: it takes all */
  #gap: { code: string; bytes: number; atLineStart: boolean } | null = null;

  /**
   * What earlier starts of the attempt have written stays, at a line's end. Only a file that they have filled up to the cap is begun anew.
   * Throws as openPrivate does.
   */
  constructor(path: string, capBytes: number) {
    const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 };
    // not by the descriptor for appending, which on Windows has no right to shorten a file
    if (size >= capBytes) closeSync(openPrivate(path, "truncate"));
    this.#fd = openPrivate(path, "append");
    if (size > 0 && size < capBytes && lastByte(path, size) !== newline) this.write(Uint8Array.of(newline));
    this.from = fstatSync(this.#fd).size;
  }

  /** The system's code of what keeps it from being written; null: nothing does. */
  get trouble(): string | null {
    return this.#gap?.code ?? null;
  }

  /** Writes what can be written; the rest. */
  write(bytes: Uint8Array): Uint8Array {
    if (this.#gap !== null && !(this.#gap.atLineStart && this.#closeGap(this.#gap)))
      return this.#missed(bytes);
    const rest = this.#append(bytes);
    return rest.length === 0 ? rest : this.#missed(rest);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #closeGap({ code, bytes }: { code: string; bytes: number }): boolean {
    const note = Buffer.from(`\ncord could not write ${bytes} bytes here (${code})\n`);
    if (this.#append(note).length > 0) return false;
    this.#gap = null;
    return true;
  }

  #missed(bytes: Uint8Array): Uint8Array {
    if (this.#gap === null || bytes.length === 0) return bytes;
    this.#gap.bytes += bytes.length;
    this.#gap.atLineStart = bytes.at(-1) === newline;
    return bytes;
  }

  #append(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest));
    } catch (error) {
      const code = systemCode(error) || "EIO";
      this.#gap ??= { code, bytes: 0, atLineStart: false };
    }
    return rest;
  }
}

function lastByte(path: string, size: number): number | undefined {
  const fd = openSync(path, "r");
  const byte = new Uint8Array(1);
  readSync(fd, byte, 0, 1, size - 1);
  closeSync(fd);
  return byte[0];
}

const newline = 10;
