import type { CheckRun } from "../../core/check.ts";
import { plain } from "../../core/text.ts";
import { agentNamed } from "../../engine/agents/agents.ts";
import { TranscriptReader } from "../../engine/agents/transcript.ts";
import { checkLines, TranscriptLines } from "../../tui/run/transcript-lines.ts";
import { type Paint, painter } from "../../tui/terminal/theme.ts";
import { hasColor, print, printJson } from "../output.ts";

/** Told for a person; an entry a line for a program; or as the agent wrote it. */
export type LogForm = "text" | "json" | "raw";

interface Of {
  agent: string;
  number: number;
  attempt: number;
}

/** Prints an attempt's output, a line after the other. */
export class LogPrinter {
  /** Resolves once all that was taken so far is out; rejects as print does. */
  printed: Promise<void> = Promise.resolve();
  readonly #form: LogForm;
  readonly #of: Of;
  readonly #reader: TranscriptReader;
  readonly #paint: Paint = painter(hasColor());
  readonly #lines = new TranscriptLines(this.#paint);
  readonly #onLost: () => void;
  /** when the check was run that was printed last */
  #checkedAt = "";

  constructor(form: LogForm, of: Of, onLost: () => void = () => {}) {
    this.#form = form;
    this.#of = of;
    this.#reader = new TranscriptReader(agentNamed(of.agent));
    this.#onLost = onLost;
  }

  readonly take = (line: string): void => {
    if (this.#form === "raw") return this.#put(print(process.stdout.isTTY ? plain(line) : line));
    for (const entry of this.#reader.take(line)) {
      if (this.#form === "json") this.#put(this.#json(entry));
      else this.#put(print(this.#lines.of(entry).join("\n")));
    }
  };

  /** Those of the attempt's checks that were not printed yet. */
  checks(runs: readonly CheckRun[]): void {
    for (const run of runs) {
      if (run.at <= this.#checkedAt) continue;
      this.#checkedAt = run.at;
      if (this.#form === "json") this.#put(this.#json({ type: "check", ...run }));
      else if (this.#form === "text") this.#put(print(checkLines(run, this.#paint).join("\n")));
    }
  }

  #json(entry: object): Promise<void> {
    const { number, attempt } = this.#of;
    return printJson({ node: number, attempt, ...entry });
  }

  #put(printed: Promise<void>): void {
    this.printed = printed;
    printed.catch(this.#onLost);
  }
}
