import { shownCheck, type CheckRun } from "../../core/check.ts";
import { plain, plainLines, shortened } from "../../core/text.ts";
import type { TranscriptEntry } from "../../core/transcript.ts";
import { counted } from "../../core/wording.ts";
import type { Paint } from "../terminal/theme.ts";
import { compact, cost, dayAndClock, duration, usd } from "../time.ts";

/** A transcript as lines of text, an entry at a time. All texts are made safe for a terminal. */
export class TranscriptLines {
  readonly #paint: Paint;
  /** the call that was shown last: what it came to needs no name where it follows at once */
  #last: string | null = null;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  of(entry: TranscriptEntry): string[] {
    const last = this.#last;
    this.#last = entry.type === "used" ? entry.id : null;
    switch (entry.type) {
      case "started":
        return [this.#detail(`started  ${entry.model ?? ""}  session ${entry.session ?? "unknown"}`)];
      case "said":
        return plainLines(entry.text).split("\n");
      case "used":
        return [`${this.#paint("active", "→")} ${plain(entry.tool)}: ${plain(entry.detail)}`];
      case "returned":
        return this.#returned(entry, entry.id === last ? "" : `${plain(entry.tool)}: `);
      case "message":
        return [this.#detail(`  ${messageCost(entry)}`)];
      case "retrying":
        return [
          this.#paint("notice", plain(`retry ${entry.attempt}: ${entry.status ?? ""} ${entry.message}`)),
        ];
      case "limited":
        return [
          this.#paint(
            "notice",
            plain(
              `limit: ${entry.reason}${entry.until === null ? "" : `, until ${dayAndClock(Date.parse(entry.until))}`}`,
            ),
          ),
        ];
      case "ended":
        return [
          this.#detail(
            `ended  ${entry.reason}  ${cost({ ...entry, uncounted: Number(entry.counted === false) })}  ${counted(entry.turns, "turn")}`,
          ),
          ...(entry.text === null
            ? []
            : [this.#paint("failed", `  ${plain(shortened(entry.text, maxReason))}`)]),
        ];
    }
  }

  #returned({ failed, text, length }: Returned, name: string): string[] {
    const [first = "", ...more] = text.split("\n").filter((line) => line.trim() !== "");
    const sign = failed ? "✗" : "✓";
    const shown = failed ? [first, ...more].slice(0, maxFailed) : [first];
    const left = length > text.length || more.length + 1 > shown.length;
    const lines = shown.map((line) => plain(shortened(line.trimEnd(), maxWidth)));
    const painted = lines.map((line, at) => {
      const begin = at === 0 ? `  ${sign} ${name}` : "    ";
      const end = left && at === lines.length - 1 ? ` … (${compact(length)} characters)` : "";
      return this.#paint(failed ? "failed" : "detail", `${begin}${line}${end}`);
    });
    return painted;
  }

  #detail(text: string): string {
    return this.#paint("detail", plain(text));
  }
}

type Returned = Extract<TranscriptEntry, { type: "returned" }>;

/** Of what a tool gave a line is shown, and some more where it failed. */
const maxFailed = 5;
const maxWidth = 200;
const maxReason = 1000;

/** `~$0.012  12.3k in (11k cached), 400 out`: what one message of the model has cost. */
function messageCost(entry: Extract<TranscriptEntry, { type: "message" }>): string {
  const { usd: spent, input_tokens, cached_tokens, output_tokens } = entry;
  const cached = cached_tokens > 0 ? ` (${compact(cached_tokens)} cached)` : "";
  const price = spent === null ? "" : `~${fineUsd(spent)}  `;
  return `${price}${compact(input_tokens)} in${cached}, ${compact(output_tokens)} out`;
}

/** One message often costs less than a cent. */
function fineUsd(amount: number): string {
  return amount < 0.1 ? `$${amount.toFixed(4)}` : usd(amount);
}

/** A check as lines: how it went, and the end of its output where it did not pass. */
export function checkLines(run: Omit<CheckRun, "at">, paint: Paint): string[] {
  const { command, code, verdict, why, output, took_ms } = run;
  const tone = verdict === "passed" ? "complete" : "failed";
  const how = why ?? (code === null || verdict === "passed" ? "" : `exited with ${code}`);
  const title = `  ${shownCheck(command)}  ${how === "" ? "" : `${how}  `}${duration(took_ms)}`;
  const first = paint(tone, `check ${verdict}`) + plain(title);
  if (verdict === "passed" || output.trim() === "") return [first];
  const lines = plainLines(output).trimEnd().split("\n").slice(-maxCheckLines);
  return [first, ...lines.map((line) => `  ${line}`)];
}

const maxCheckLines = 20;
