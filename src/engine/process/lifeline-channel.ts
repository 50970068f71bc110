import type { Lifeline } from "./lifeline.ts";

/** One end of Bun's channel between a process and its child: whole messages, each told when it is on its way. */
interface ChannelEnd {
  /** sent: it is on its way, or can no longer be. Throws where the other side is gone. */
  send(line: string, sent: () => void): void;
  disconnect(): void;
}

/** A lifeline over such a channel. Whoever listens at the channel calls heard() for a message, and ended() at its end. */
export function channelLifeline(
  end: ChannelEnd,
  onLine: (line: string) => void,
): { lifeline: Lifeline; heard(message: unknown): void; ended(): void } {
  const closed = Promise.withResolvers<void>();
  let drained = Promise.withResolvers<void>();
  drained.resolve();
  let unsent = 0;
  let isOver = false;

  const ended = () => {
    isOver = true;
    unsent = 0;
    drained.resolve();
    closed.resolve();
  };
  const sent = () => {
    unsent = Math.max(0, unsent - 1);
    if (unsent === 0) drained.resolve();
  };
  const post = (line: string, done: () => void) => {
    if (isOver) return;
    if (unsent === 0) drained = Promise.withResolvers();
    unsent += 1;
    try {
      end.send(line, done);
    } catch {
      // its end is told in a moment
      done();
    }
  };
  let bell: "none" | "under way" | "again" = "none";
  /** The engine may have read all by the time that a bell is told to be on its way: what was written since needs another. */
  const rung = () => {
    const isWanted = bell === "again";
    bell = "none";
    if (isWanted) ring();
    sent();
  };
  const ring = () => {
    if (bell !== "none") bell = "again";
    else {
      bell = "under way";
      post("", rung);
    }
  };
  const lifeline: Lifeline = {
    send: (line) => post(line, sent),
    ring,
    flushed: () => drained.promise,
    closed: closed.promise,
    close: () => {
      if (!isOver) end.disconnect();
      ended();
    },
  };
  const heard = (message: unknown) => {
    // what is no text is no word of a shim's or its engine's
    if (typeof message === "string") queueMicrotask(() => onLine(message));
  };
  return { lifeline, heard, ended };
}

/** A shim's end: the channel that its engine has started it with. */
export function ownChannel(onLine: (line: string) => void): Lifeline {
  const end: ChannelEnd = {
    send: (line, sent) => {
      if (process.send === undefined) return sent();
      process.send(line, undefined, undefined, sent);
    },
    disconnect: () => process.disconnect?.(),
  };
  const { lifeline, heard, ended } = channelLifeline(end, onLine);
  process.on("message", heard);
  process.on("disconnect", ended);
  if (process.send === undefined) ended();
  return lifeline;
}
