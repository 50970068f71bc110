import { isJsonObject, tryParseJson } from "../../core/json.ts";
import { memoryEvent } from "../../core/session.ts";
import { SseReader } from "../../core/sse.ts";
import { CordError } from "../../core/error.ts";
import { ConnectionLost, type Reply } from "../../client/connection/http-connection.ts";
import { maxToolAnswerBytes } from "../../client/connection/transport.ts";

/** What a stream brings that is not its call's answer. */
interface Beside {
  /** a notification about the call */
  onNotice(text: string): void;
  /** what the daemon wants to be reminded of from now on */
  onMemory(memory: string): void;
}

/** The answer in a stream. Throws ConnectionLost when it ends without one: its daemon has gone. */
export async function answerInStream(reply: Reply, { onNotice, onMemory }: Beside): Promise<string> {
  const reader = new SseReader();
  let size = 0;
  for await (const piece of reply.chunks()) {
    size += piece.length;
    if (size > maxToolAnswerBytes) throw new CordError("too_large", "The answer is too large.");
    for (const { event = "message", data } of reader.push(piece)) {
      if (event === memoryEvent) onMemory(data);
      else if (event === "message" && noticeIn(data) !== null) onNotice(data);
      else if (event === "message" && data !== "") return data;
    }
  }
  throw new ConnectionLost("closed", "The stream ended without an answer.");
}

/** A message that asks for no answer, as one line; null: it is none. */
export function noticeIn(text: string): string | null {
  const message = tryParseJson(text);
  return isJsonObject(message) && "method" in message && !("id" in message) ? JSON.stringify(message) : null;
}

/**
 * Passes on what the daemon says of one call. Clients want each progress to be greater than the one before, so that of a call
 * that had to be made again, because its daemon went, goes on from where it was.
 */
export function noticesOf(output: (line: string) => void): (text: string) => void {
  let [last, base] = [-1, 0];
  return (text) => {
    const notice = tryParseJson(text);
    const params = isJsonObject(notice) && isJsonObject(notice["params"]) ? notice["params"] : {};
    const { progress, total } = params;
    if (!isJsonObject(notice) || typeof progress !== "number") return output(text);
    if (base + progress <= last) base = last + 1 - progress;
    last = base + progress;
    const whole = typeof total === "number" ? { total: base + total } : {};
    output(JSON.stringify({ ...notice, params: { ...params, progress: last, ...whole } }));
  };
}
