/** One thing of an attempt's transcript, as a person reads it. Its texts are an agent's: not safe for a terminal or a page. */
export type TranscriptEntry =
  | { type: "started"; model: string | null; session: string | null }
  | { type: "said"; text: string }
  /** it calls a tool; detail is one short line */
  | { type: "used"; id: string | null; tool: string; detail: string }
  /** what a call came to; `length`: of all that the tool gave, in characters */
  | { type: "returned"; id: string; tool: string; failed: boolean; text: string; length: number }
  /** a message of the model is over: what it cost, and its tokens. usd is null where no price is known */
  | {
      type: "message";
      usd: number | null;
      input_tokens: number;
      cached_tokens: number;
      output_tokens: number;
    }
  | { type: "retrying"; attempt: number; status: number | null; message: string }
  /** its account has used up what it may use; until: when it has more, null: not known */
  | { type: "limited"; reason: string; until: string | null }
  /** a turn is over; usd and turns are of the attempt so far. text: why it came to nothing; null: it did not */
  | {
      type: "ended";
      reason: string;
      text: string | null;
      usd: number;
      estimated: boolean;
      /** nothing is known of it */
      counted?: false;
      turns: number;
    };
