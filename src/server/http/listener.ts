import { ServedConnection, type Service } from "./connection.ts";
import { Signs } from "./signs.ts";

/** Where requests come in. */
export interface Listener {
  port: number;
  /**
   * Ends idle connections: those with no request in progress now or at a call that long before. On a busy machine the client
   * of a new connection may not have come to send anything yet.
   */
  closeIdle(): void;
  /**
   * Takes no more. Resolves when all is answered that neither waits nor is a stream, after this many milliseconds at most: waits
   * and streams are the next daemon's, and their clients look for that one as late as can be.
   */
  drain(withinMs: number): Promise<void>;
  /** Ends all at once. */
  stop(): void;
}

/** Listens; throws an error with the code EADDRINUSE where somebody else does. The port is shared with nobody. */
export function listenHttp(place: { hostname: string; port: number }, service: Service): Listener {
  const signs = new Signs();
  const connections = new Set<ServedConnection>();
  /** those that were idle when it was last asked to close such, and since when in milliseconds */
  const idle = new Map<ServedConnection, number>();
  const listener = Bun.listen<ServedConnection>({
    ...place,
    exclusive: true,
    socket: {
      open(socket) {
        socket.data = new ServedConnection(socket, service, signs);
        connections.add(socket.data);
      },
      data: (socket, bytes) => socket.data.received(bytes),
      drain: (socket) => socket.data.drained(),
      close(socket) {
        connections.delete(socket.data);
        idle.delete(socket.data);
        socket.data.closed();
      },
      error: (socket) => socket.data.end(),
    },
  });
  const looking = setInterval(() => connections.forEach((one) => one.endIfStuck()), lookEveryMs).unref();
  return {
    port: listener.port,
    closeIdle() {
      const now = service.now();
      for (const one of connections) {
        const since = idle.get(one);
        if (!one.isIdle) idle.delete(one);
        else if (since === undefined) idle.set(one, now);
        else if (now - since >= idleGraceMs) one.end();
      }
    },
    async drain(withinMs) {
      listener.stop(false);
      const deadline = service.now() + withinMs;
      connections.forEach((one) => one.endOnceAnswered());
      while ([...connections].some((one) => one.isAnswering) && service.now() < deadline) await Bun.sleep(1);
    },
    stop() {
      clearInterval(looking);
      listener.stop(true);
      connections.forEach((one) => one.end());
    },
  };
}

const lookEveryMs = 1000;
const idleGraceMs = 250;
