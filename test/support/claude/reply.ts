/** What a scripted model answers a request with. */

export interface Usage {
  input_tokens: number;
  cache_read_input_tokens?: number;
  output_tokens: number;
}

export interface Spoken {
  text?: string;
  /** after: the stream holds back the call until this has resolved */
  tools?: { name: string; input: object; after?: Promise<unknown> }[];
  usage?: Usage;
  /** other than end_turn or tool_use */
  stopReason?: string;
  /** beside the answer's own */
  headers?: Record<string, string>;
}
/** The connection breaks in the middle of the answer. */
export interface Cut {
  cut: string;
}
export interface Refused {
  error: {
    status: number;
    type?: string;
    message?: string;
    retryAfterSeconds?: number;
    headers?: Record<string, string>;
  };
}
/** The stream begins, and says nothing until the agent hangs up. */
export interface Hung {
  hang: true;
}
export type Reply = Spoken | Refused | Hung | Cut;
