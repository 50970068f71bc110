import type { Socket } from "bun";
import type { Lifeline } from "./lifeline.ts";

declare module "bun" {
  // Bun's connect takes a descriptor, and its types name these options, but not on connect itself.
  function connect<Data = undefined>(options: FdSocketOptions<Data>): Promise<Socket<Data>>;
}

/** The descriptor on which a shim finds its end. */
export const lifelineFd = 3;

/** One end of a socket pair as a lifeline. */
export async function openLifeline(fd: number, onLine: (line: string) => void): Promise<Lifeline> {
  const closed = Promise.withResolvers<void>();
  const decoder = new TextDecoder();
  let incoming = "";
  let outgoing = "";
  let drained = Promise.withResolvers<void>();
  drained.resolve();

  const push = (socket: Socket) => {
    const written = socket.write(outgoing);
    // everything sent is ASCII except a failure's message: a short write may break a letter of that
    outgoing = written < 0 ? "" : Buffer.from(outgoing).subarray(written).toString();
    if (outgoing === "") drained.resolve();
  };
  const ended = () => {
    outgoing = "";
    drained.resolve();
    closed.resolve();
  };
  const socket = await Bun.connect({
    fd,
    socket: {
      data: (_, chunk) => {
        const lines = (incoming + decoder.decode(chunk, { stream: true })).split("\n");
        incoming = lines.pop() ?? "";
        // in a turn of its own: what is thrown in here is taken for an error of the socket
        for (const line of lines) queueMicrotask(() => onLine(line));
      },
      drain: push,
      end: ended,
      close: ended,
      error: ended,
    },
  });
  const send = (line: string) => {
    if (outgoing === "") drained = Promise.withResolvers();
    outgoing += `${line}\n`;
    push(socket);
  };
  return {
    send,
    ring: () => {
      // what is under way may be no bell
      if (outgoing !== "\n" && !outgoing.endsWith("\n\n")) send("");
    },
    flushed: () => drained.promise,
    closed: closed.promise,
    close: () => socket.end(),
  };
}
