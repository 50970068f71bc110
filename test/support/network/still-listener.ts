import { connect, type Socket } from "node:net";
import type { Reply } from "../../../src/server/http/connection.ts";
import type { Arrival } from "../../../src/server/http/arrival.ts";
import { listenHttp } from "../../../src/server/http/listener.ts";

/** A listener whose clock only the test moves, and sockets of clients. All of it ends with `close`. */
export interface StillListener {
  /** Lets time pass, in milliseconds. */
  pass(milliseconds: number): void;
  /** A client that has sent this, and what has come of it. */
  client(text: string): Promise<{ socket: Socket; said: () => string }>;
  /** A socket that is closed with the rest. */
  kept(socket: Socket): Socket;
  port: number;
  close(): void;
}

export function stillListener(answer: (request: Arrival) => Promise<Reply> | Reply): StillListener {
  let now = 0;
  const place = { hostname: "127.0.0.1", port: 0 };
  const listener = listenHttp(place, { answer, maxBodyBytes: 1000, now: () => now, date: () => "today" });
  const sockets: Socket[] = [];
  const kept = (socket: Socket) => {
    sockets.push(socket);
    return socket.on("error", () => {});
  };
  return {
    pass: (milliseconds) => void (now += milliseconds),
    kept,
    async client(text) {
      const socket = kept(connect(listener.port, "127.0.0.1").setEncoding("latin1"));
      let said = "";
      socket.on("data", (chunk) => (said += String(chunk)));
      await new Promise<void>((resolve) => socket.write(text, () => resolve()));
      return { socket, said: () => said };
    },
    port: listener.port,
    close() {
      listener.stop();
      for (const socket of sockets) socket.destroy();
    },
  };
}
