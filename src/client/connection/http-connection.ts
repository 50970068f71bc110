import type { Socket } from "bun";
import { isLoopback } from "../../core/address.ts";
import { isSurelyFree } from "../../system/listener.ts";
import { orAborted } from "./deadline.ts";
import { AnswerReader, type Head } from "./http-answer.ts";

/** A request as it is written on a connection. */
export interface Request {
  method: "GET" | "POST" | "DELETE";
  /** the path with its query */
  target: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** An answer, of which the body may still be coming. */
export interface Reply extends Head {
  /** The pieces of the body. Whoever stops reading them ends the connection. Throws when it breaks off. */
  chunks(): AsyncGenerator<Uint8Array>;
}

/** The other side cannot be reached, went away, or does not speak HTTP. */
export class ConnectionLost extends Error {
  readonly why: "nobody" | "closed" | "noise" | "half";
  /** the first bytes that came, for `noise` */
  readonly heard: string;

  constructor(why: ConnectionLost["why"], message: string, heard = "", options?: ErrorOptions) {
    super(message, options);
    this.why = why;
    this.heard = heard;
  }
}

export interface Address {
  hostname: string;
  port: number;
}

/**
 * One TCP connection, for one request at a time. Not fetch: it chooses connections out of sight, also through a
 * proxy, and a daemon's proof counts for one connection only. Not node:http: loading it takes longer than the rest of
 * a command.
 */
export class HttpConnection {
  #socket: Socket | null = null;
  #unsent: Buffer | null = null;
  #answer: Answer | null = null;

  static async open({ hostname, port }: Address, signal: AbortSignal): Promise<HttpConnection> {
    if (isLoopback(hostname) && isSurelyFree(port))
      throw new ConnectionLost("nobody", `nobody listens on ${hostname}:${port}`);
    const connection = new HttpConnection();
    const opening = Bun.connect({ hostname, port, socket: connection.#handlers() }).catch(
      (error: unknown) => {
        throw new ConnectionLost("nobody", `${hostname}:${port} takes no connection`, "", { cause: error });
      },
    );
    const socket = await orAborted(opening, signal, (late) => late.terminate());
    connection.#socket = socket;
    return connection;
  }

  get isOpen(): boolean {
    return this.#socket !== null;
  }

  /** Whether a request can be written now. */
  get isFree(): boolean {
    return this.isOpen && this.#answer === null;
  }

  /** Resolves with the beginning of the answer. When the signal ends it, also later, the connection ends too. */
  async request(request: Request, signal: AbortSignal): Promise<Reply> {
    signal.throwIfAborted();
    if (this.#socket === null) throw new ConnectionLost("closed", "the connection has ended");
    const answer = new Answer(this.#socket, signal, (keepsConnection) => {
      this.#answer = null;
      if (keepsConnection) this.#socket?.unref();
      else this.close();
    });
    this.#answer = answer;
    this.#socket.ref();
    this.#write(bytesOf(request));
    return answer.reply;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
  }

  #write(bytes: Buffer): void {
    const sent = this.#socket?.write(bytes) ?? 0;
    this.#unsent = sent < bytes.length ? bytes.subarray(Math.max(sent, 0)) : null;
  }

  #handlers() {
    const lost = (cause?: Error) => {
      this.#socket = null;
      this.#answer?.lost(cause);
    };
    return {
      data: (_: Socket, bytes: Buffer) => {
        // nothing is said unasked: what it means would be guessed
        if (this.#answer === null) return this.close();
        this.#answer.push(bytes);
      },
      drain: () => {
        if (this.#unsent) this.#write(this.#unsent);
      },
      close: (_: Socket, error?: Error) => lost(error),
      end: () => lost(),
      error: (_: Socket, error: Error) => lost(error),
      connectError: () => {},
    };
  }
}

/** The answer to one request, from its first byte to its last. */
class Answer {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #onEnd: (keepsConnection: boolean) => void;
  readonly #reader = new AnswerReader();
  readonly #head = Promise.withResolvers<Reply>();
  readonly #pieces: Buffer[] = [];
  #waiting = 0;
  #failure: unknown = null;
  #heard = "";
  #wake: (() => void) | null = null;

  constructor(socket: Socket, signal: AbortSignal, onEnd: (keepsConnection: boolean) => void) {
    this.#socket = socket;
    this.#signal = signal;
    this.#onEnd = onEnd;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get reply(): Promise<Reply> {
    return this.#head.promise;
  }

  push(bytes: Buffer): void {
    const isFirst = this.#reader.head === null;
    if (isFirst && this.#heard.length < maxHeard) this.#heard += bytes.toString("latin1", 0, maxHeard);
    try {
      for (const piece of this.#reader.push(bytes)) this.#keep(piece);
    } catch (error) {
      return this.#fail(new ConnectionLost(isFirst ? "noise" : "half", String(error), this.#heard));
    }
    const { head, isOver, keepsConnection } = this.#reader;
    if (isFirst && head !== null)
      this.#head.resolve({ status: head.status, headers: head.headers, chunks: () => this.#chunks() });
    if (isOver) this.#end(keepsConnection);
    this.#stir();
  }

  /** The connection has ended. */
  lost(cause?: Error): void {
    try {
      this.#reader.close();
    } catch (error) {
      const why =
        this.#reader.head !== null || this.#heard.startsWith("HTTP/1.")
          ? "half"
          : this.#heard === ""
            ? "closed"
            : "noise";
      return this.#fail(new ConnectionLost(why, String(error), this.#heard, { cause }));
    }
    this.#end(false);
    this.#stir();
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#waiting += piece.length;
    if (this.#waiting > maxWaitingBytes) this.#socket.pause();
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) {
          this.#waiting -= piece.length;
          if (this.#waiting <= maxWaitingBytes && this.#waiting + piece.length > maxWaitingBytes)
            this.#socket.resume();
          yield piece;
        } else if (this.#failure !== null) throw this.#failure;
        else if (this.#reader.isOver) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      if (!this.#reader.isOver) this.#fail(new ConnectionLost("half", "the answer was not wanted any more"));
    }
  }

  readonly #onAbort = () => this.#fail(this.#signal.reason);

  #end(keepsConnection: boolean): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#onEnd(keepsConnection);
  }

  #fail(failure: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#head.promise.catch(() => {});
    this.#head.reject(failure);
    this.#end(false);
    this.#stir();
  }

  #stir(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

/** A reader that is slower than the daemon lets so much lie, then the connection waits. */
const maxWaitingBytes = 1_048_576;
const maxHeard = 200;

function bytesOf({ method, target, headers, body }: Request): Buffer {
  const payload = body === undefined ? null : Buffer.from(body);
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${value.replace(/[\r\n\0]/g, " ")}\r\n`,
  );
  if (payload !== null) lines.push(`content-length: ${payload.length}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  return payload === null ? head : Buffer.concat([head, payload]);
}
