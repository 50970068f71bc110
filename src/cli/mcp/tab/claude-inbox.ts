import { messageOf } from "../../../core/error.ts";

/** Where a Claude Code takes messages of other sessions. Seen from 2.1.252 on; both lie in the environment of its servers. */
export interface ClaudeInbox {
  socket: string;
  token: string | undefined;
}

/**
 * Hands a line to the inbox of an interactive Claude Code. Idle, it begins a turn with it. In a turn, `later` is taken after the
 * turn and `next` between two steps; `now` would break its answer off, and is never used. Null: it is written; else what was in
 * the way, as a sentence. Takes no longer than two seconds. The line has to be unlike the last, or Claude Code drops it.
 *
 * Only a process below Claude Code itself may do this: anyone else's message is held for its person where permissions are bypassed.
 */
export function writeToInbox(
  { socket: path, token }: ClaudeInbox,
  line: string,
  priority: "next" | "later",
): Promise<string | null> {
  const said = [
    { type: "auth", token },
    { type: "user", message: { role: "user", content: envelope(line) }, priority },
  ];
  const bytes = Buffer.from(said.map((one) => `${JSON.stringify(one)}\n`).join(""));
  return written(path, bytes);
}

/** What is in it is shown as one line, from cord. */
function envelope(line: string): string {
  return `<cross-session-message from-name="cord">\n${line}\n</cross-session-message>`;
}

const writeMs = 2000;

/** Nothing is written after this has said what was in the way. */
async function written(path: string, bytes: Uint8Array): Promise<string | null> {
  const outcome = Promise.withResolvers<string | null>();
  let isOver = false;
  const end = (trouble: string | null) => {
    isOver = true;
    outcome.resolve(trouble);
  };
  const failed = (error: unknown) => end(`Claude Code's inbox cannot be reached: ${messageOf(error)}`);
  let rest = bytes;
  const push = (socket: Bun.Socket) => {
    if (isOver) return socket.terminate();
    rest = rest.subarray(Math.max(socket.write(rest), 0));
    if (rest.length > 0) return;
    end(null);
    socket.end();
  };
  const timer = setTimeout(() => end("Claude Code did not take the message in time."), writeMs);
  const connecting = Bun.connect({
    unix: path,
    socket: {
      open: push,
      drain: push,
      data() {},
      close: () => end("Claude Code closed the connection to its inbox."),
      error: (_, error) => failed(error),
      connectError: (_, error) => failed(error),
    },
  });
  connecting.catch(failed);
  const trouble = await outcome.promise;
  clearTimeout(timer);
  if (trouble !== null)
    void connecting.then(
      (socket) => socket.terminate(),
      () => {},
    );
  return trouble;
}
