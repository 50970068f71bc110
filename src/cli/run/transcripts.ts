import { join } from "node:path";
import { outputFile } from "../../core/output-files.ts";
import { removedSentence } from "../../core/output-removed.ts";
import { shortened } from "../../core/text.ts";
import type { TranscriptEntry } from "../../core/transcript.ts";
import { agentNamed } from "../../engine/agents/agents.ts";
import { TranscriptReader } from "../../engine/agents/transcript.ts";
import { keptOutput, readOutput, type KeptOutput } from "../../engine/process/kept-output.ts";
import type { ReportNode, Transcript } from "../../report/report.ts";

/** All transcripts of a page together, in characters; of one at least, and at most. */
const bounds = { all: 8_000_000, min: 6000, max: 300_000 } as const;

/** What the attempts of a run have left on this machine, each cut in its middle where it is long. */
export async function transcriptsOf(nodes: readonly ReportNode[]): Promise<Transcript[]> {
  const attempts = nodes.flatMap(({ number, attempts }) =>
    attempts.flatMap(({ attempt, agent, dir }) =>
      dir === null || agent === null ? [] : [{ number, attempt, agent, dir }],
    ),
  );
  const each = Math.min(
    bounds.max,
    Math.max(bounds.min, Math.floor(bounds.all / Math.max(1, attempts.length))),
  );
  const transcripts: Transcript[] = [];
  for (const { number, attempt, agent, dir } of attempts) {
    const kept = new Kept(each);
    const found = keptOutput(dir);
    if ("path" in found) await readInto(kept, agent, found);
    const file = "path" in found ? found.path : join(dir, outputFile);
    const removed = found.state === "removed" ? removedSentence(found.removed) : null;
    transcripts.push({ number, attempt, file, here: "path" in found, removed, ...kept.all() });
  }
  return transcripts;
}

async function readInto(
  kept: Kept,
  agent: string,
  found: Extract<KeptOutput, { path: string }>,
): Promise<void> {
  const reader = new TranscriptReader(agentNamed(agent));
  await readOutput(found, (line) => {
    for (const entry of reader.take(line)) kept.add(cutEntry(entry));
  });
}

const maxText = 20_000;

function cutEntry(entry: TranscriptEntry): TranscriptEntry {
  return entry.type === "said" ? { ...entry, text: shortened(entry.text, maxText) } : entry;
}

/** The first entries of a transcript, and the last: a third and two thirds of what it may take. */
class Kept {
  readonly #max: number;
  readonly #first: TranscriptEntry[] = [];
  #firstSize = 0;
  #last: { entry: TranscriptEntry; size: number }[] = [];
  #lastSize = 0;
  #dropped = 0;
  #isFirstFull = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(entry: TranscriptEntry): void {
    const size = JSON.stringify(entry).length;
    if (!this.#isFirstFull && this.#firstSize + size <= this.#max / 3) {
      this.#first.push(entry);
      this.#firstSize += size;
      return;
    }
    this.#isFirstFull = true;
    this.#last.push({ entry, size });
    this.#lastSize += size;
    // in batches: each shift would move all that is kept
    if (this.#lastSize > 2 * this.#max) this.#dropOldest();
  }

  all(): { first: TranscriptEntry[]; left_out: number; last: TranscriptEntry[] } {
    this.#dropOldest();
    return { first: this.#first, left_out: this.#dropped, last: this.#last.map(({ entry }) => entry) };
  }

  #dropOldest(): void {
    let drop = 0;
    for (const { size } of this.#last) {
      if (this.#lastSize <= (2 * this.#max) / 3) break;
      this.#lastSize -= size;
      drop += 1;
    }
    this.#last = this.#last.slice(drop);
    this.#dropped += drop;
  }
}
