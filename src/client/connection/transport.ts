import { CordError } from "../../core/error.ts";
import type { Reply, Request } from "./http-connection.ts";
import type { Health } from "../daemon/health.ts";

/** A request to a daemon: how it is reached, and what it is shown of who calls, is the transport's affair. */
export interface Call {
  method: Request["method"];
  /** below the daemon's address, such as `mcp` */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** what the daemon has to speak to be asked this; 0 or nothing: any does */
  wire?: number;
}

/**
 * The only access to a daemon. Requests go only to a daemon that has proved that it knows the token: before that,
 * only the challenge is sent, and a person's token itself never.
 */
export interface Transport {
  /** as a person names it; ends in a slash */
  readonly url: string;
  /** what the daemon said of itself when it last proved itself; null: it has not yet */
  readonly health: Health | null;
  /**
   * Resolves with the beginning of the answer; the signal ends it, also later. Throws ConnectionLost where another try
   * may help, and a CordError that says what answers there where it is not the daemon.
   */
  send(call: Call, signal: AbortSignal): Promise<Reply>;
  /** What the daemon says of itself now. Null: nobody is there. Throws a CordError as send does. */
  look(signal?: AbortSignal): Promise<Health | null>;
}

/** No answer to an agent is larger. */
export const maxToolAnswerBytes = 64 * 1_048_576;

/** The answer's body as text. Throws `too_large` for one of more bytes. */
export async function textOf(reply: Reply, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of reply.chunks()) {
    size += piece.length;
    if (size > maxBytes)
      throw new CordError("too_large", `The answer is larger than ${Math.round(maxBytes / 1_048_576)} MiB.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
