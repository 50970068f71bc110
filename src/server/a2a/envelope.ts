import type { ServerCallContext } from "@a2a-js/sdk/server";

/** An answer to a call of JSON-RPC, as the SDK makes it. */
export interface Envelope {
  jsonrpc: string;
  id?: unknown;
  result?: unknown;
  error?: unknown;
}

export type EnvelopeStream = AsyncGenerator<Envelope, void, undefined>;

/** What of the SDK speaks a version of JSON-RPC. What it is given fits the method. */
export interface Transport {
  handle(body: Record<string, unknown>, context: ServerCallContext): Promise<Envelope | EnvelopeStream>;
}

export function isStream(given: Envelope | EnvelopeStream): given is EnvelopeStream {
  return Symbol.asyncIterator in given;
}
