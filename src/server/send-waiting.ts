import { progressOf, progressTokenIn } from "../core/progress.ts";
import type { Send } from "./exchange.ts";
import { sseResponse } from "./sse.ts";

/**
 * Sends the answer to a call that waits as a stream which begins at once. Clients give up on a request of which nothing has come for a
 * minute (Claude Code 2.1.197 at 60.0 s), and on a tool that tells of no progress for longer (it, after five): so what it sends as signs
 * of life is progress, where the call has a token for that. Source: MCP 2025-11-25, "Transports".
 */
export function sendWaiting(
  request: Request,
  body: unknown,
  hold: () => () => void,
  signEveryMs?: number,
): Send {
  const token = progressTokenIn(body);
  return (begin) => {
    // it throws when too many wait already: then nothing is begun
    const release = hold();
    const answer = begin();
    let signs = 0;
    let isSent = false;
    return sseResponse(request, {
      async next() {
        if (isSent) return null;
        isSent = true;
        return eventOf(await answer);
      },
      ...(token === null ? {} : { sign: () => eventOf(progressOf(token, (signs += 1))) }),
      ...(signEveryMs === undefined ? {} : { signEveryMs }),
      onEnd: release,
    });
  };
}

function eventOf(message: object): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}
