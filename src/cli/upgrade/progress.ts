import { bytes } from "../../core/bytes.ts";
import { canRedraw, tell } from "../output.ts";

interface LoadingLine {
  onBytes(loaded: number, total: number | null): void;
  end(): void;
}

/** Says on stderr how much of a file has come: on a terminal in one line that is drawn anew, elsewhere once that it is loaded. */
export function loadingLine(name: string): LoadingLine {
  if (!canRedraw(process.stderr)) {
    tell(`loading ${name}`);
    return { onBytes: () => {}, end: () => {} };
  }
  let shown = "";
  return {
    onBytes(loaded, total) {
      const line = `loading ${name}: ${bytes(loaded)}${total === null ? "" : ` of ${bytes(total)}`}`;
      if (line === shown) return;
      shown = line;
      process.stderr.write(`\r\u001b[K${line}`);
    },
    end: () => void process.stderr.write(shown === "" ? "" : "\n"),
  };
}
