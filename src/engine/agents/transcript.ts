import { parkingFor } from "../../core/account.ts";
import { knownIf } from "../../core/counted.ts";
import { beginningOf } from "../../core/text.ts";
import type { TranscriptEntry } from "../../core/transcript.ts";
import type { AgentEvent, AgentKind } from "./agent.ts";
import type { Spent } from "./spending.ts";

/** Reads an attempt's output as a transcript for people. It never throws, whatever the line. */
export class TranscriptReader {
  readonly #kind: AgentKind;
  readonly #read: (line: string) => AgentEvent[];
  /** the tools of calls that have not come back */
  readonly #called = new Map<string, string>();
  #spent: Counted = nothing;
  /** what was told of already */
  #told: Counted = nothing;

  constructor(kind: AgentKind) {
    this.#kind = kind;
    this.#read = kind.reader();
  }

  take(line: string): TranscriptEntry[] {
    const results = this.#kind.results(line).map(({ id, failed, text }): TranscriptEntry => {
      const tool = this.#called.get(id) ?? "";
      this.#called.delete(id);
      return { type: "returned", id, tool, failed, text: beginningOf(text, maxResult), length: text.length };
    });
    return [...this.#read(line).flatMap((event) => this.#entries(event)), ...results];
  }

  #entries(event: AgentEvent): TranscriptEntry[] {
    switch (event.type) {
      case "started":
        return [{ type: "started", model: event.model, session: event.sessionId }];
      case "said":
        return [{ type: "said", text: event.text }];
      case "used":
        if (event.id !== null) this.#called.set(event.id, event.tool);
        return [{ type: "used", id: event.id, tool: event.tool, detail: event.detail }];
      case "message":
        return this.#message();
      case "spent":
        this.#spent = event;
        return [];
      case "retrying":
        return [{ type: "retrying", attempt: event.attempt, status: event.status, message: event.message }];
      case "windows": {
        const parking = parkingFor(event.windows);
        return parking === null ? [] : [{ type: "limited", ...parking }];
      }
      case "ended": {
        const entries = this.#message();
        // the program has told now what all of it has cost: the next message counts from there
        this.#spent = this.#told = event;
        const { reason, usd, estimated, turns, counted } = event;
        const text = event.ok ? null : event.text;
        return [
          ...entries,
          { type: "ended", reason, text, usd, estimated, ...knownIf(counted !== false), turns },
        ];
      }
      default:
        return [];
    }
  }

  /** What was spent since the last message, if anything was. */
  #message(): TranscriptEntry[] {
    const [now, before] = [this.#spent, this.#told];
    this.#told = now;
    const input_tokens = now.inputTokens - before.inputTokens;
    const output_tokens = now.outputTokens - before.outputTokens;
    if (input_tokens <= 0 && output_tokens <= 0) return [];
    const usd = now.usd - before.usd;
    const cached_tokens = now.cachedTokens - before.cachedTokens;
    return [{ type: "message", usd: usd > 0 ? usd : null, input_tokens, cached_tokens, output_tokens }];
  }
}

type Counted = Omit<Spent, "estimated">;

const nothing: Counted = { usd: 0, inputTokens: 0, cachedTokens: 0, outputTokens: 0 };

/** Of what a tool gave, what is kept: its beginning. */
const maxResult = 4000;
