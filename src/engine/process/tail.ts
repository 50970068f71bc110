import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { errorFile, outputFile } from "../../core/output-files.ts";
import type { OutputBegin } from "./output-file.ts";

/** The last lines of a start for a person: of stderr, else of the output that is not JSON. */
export function tailOf(dir: string, { output, errors }: OutputBegin): string {
  const said = lastLines(join(dir, errorFile), errors);
  const lines =
    said.length > 0 ? said : lastLines(join(dir, outputFile), output).filter((line) => !line.startsWith("{"));
  return lines.slice(-tailLimits.lines).join("\n").slice(-tailLimits.characters);
}

const tailLimits = { bytes: 8 * 1024, lines: 20, characters: 2_000 };

function lastLines(path: string, from: number): string[] {
  try {
    const fd = openSync(path, "r");
    const bytes = Buffer.alloc(tailLimits.bytes);
    const at = Math.max(from, fstatSync(fd).size - bytes.length);
    const length = readSync(fd, bytes, 0, bytes.length, at);
    closeSync(fd);
    const lines = bytes.toString("utf8", 0, length).split("\n");
    // of the first only the end was read, if there is another
    return (at > from && lines.length > 1 ? lines.slice(1) : lines).filter((line) => line.trim() !== "");
  } catch {
    return [];
  }
}
