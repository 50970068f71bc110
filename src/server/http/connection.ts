import type { Socket } from "bun";
import { messageOf } from "../../core/error.ts";
import { Malformed } from "../../core/http-message.ts";
import { complain } from "../complaints.ts";
import { Arrival, idleSeconds } from "./arrival.ts";
import { IncomingBody, textIn } from "./body.ts";
import { beginningOf, jsonBeginning } from "./head.ts";
import { JsonText } from "./json-text.ts";
import { RequestReader, type RequestHead } from "./request.ts";
import type { Signs } from "./signs.ts";
import { isStream } from "./streams.ts";

export type Reply = Response | JsonText;

/** What a connection needs of who serves it. */
export interface Service {
  answer: (request: Arrival) => Promise<Reply> | Reply;
  maxBodyBytes: number;
  /** in milliseconds, and never back */
  now: () => number;
  /** the time of day, as an answer's head has it */
  date: () => string;
}

/**
 * One connection. Requests may come one by one or several at once; answers are sent in the requests' order. Bun.serve
 * is not used here: it ends a connection on which a second request comes before the first is answered, and the first
 * answer is lost.
 */
export class ServedConnection {
  readonly #socket: Socket<ServedConnection>;
  readonly #service: Service;
  readonly #signs: Signs;
  /** how what is streamed now is written; null: nothing is */
  #isChunked: boolean | null = null;
  #reader = new RequestReader();
  /** null: none is under way */
  #request: Arrival | null = null;
  #body: IncomingBody | null = null;
  #gone: AbortController | null = null;
  readonly #peer: string;
  readonly #behind: Buffer[] = [];
  #behindBytes = 0;
  #unsent: Buffer | null = null;
  #onFlushed: (() => void) | null = null;
  /** nothing more is answered on it */
  #isLast = false;
  /** what is being answered now is the last */
  #isEnding = false;
  #isOver = false;
  #movedAt: number;

  constructor(socket: Socket<ServedConnection>, service: Service, signs: Signs) {
    this.#socket = socket;
    this.#service = service;
    this.#signs = signs;
    this.#movedAt = service.now();
    this.#peer = socket.remoteAddress;
  }

  get isIdle(): boolean {
    return this.#request === null;
  }

  /** Whether a request is answered that neither waits for something nor is a stream. */
  get isAnswering(): boolean {
    const isHeld = this.#isChunked !== null || this.#request?.writeTimeoutSeconds === 0;
    return this.#request !== null && !this.#isLast && !this.#isOver && !isHeld;
  }

  /** Answers nothing after what is under way: an idle connection ends at once, any other with its answer. */
  endOnceAnswered(): void {
    if (this.isIdle) this.end();
    else this.#isEnding = true;
  }

  /** Ends the connection if nothing has moved on it for longer than may be. */
  endIfStuck(): void {
    const seconds = this.#isLast ? lingerSeconds : (this.#request?.writeTimeoutSeconds ?? idleSeconds);
    if (seconds > 0 && this.#service.now() - this.#movedAt > seconds * 1000) this.end();
  }

  /** A sign stands between two pieces of a stream, and only where the reader has taken what came before. */
  signIfSilent(slackMs: number): void {
    const sign = this.#request?.sign;
    if (!sign || this.#unsent !== null || this.#isChunked === null) return;
    if (this.#service.now() - this.#movedAt < sign.everyMs - slackMs) return;
    const { text } = sign;
    const written = this.#isChunked ? `${text.length.toString(16)}\r\n${text}\r\n` : text;
    this.#writeText(written, written.length);
  }

  received(bytes: Buffer): void {
    if (this.#isLast) return;
    this.#movedAt = this.#service.now();
    if (this.#request === null || this.#body !== null) this.#read(bytes);
    else this.#keep(bytes);
  }

  drained(): void {
    const unsent = this.#unsent;
    this.#unsent = null;
    if (unsent) this.#write(unsent);
    if (this.#unsent === null) this.#flushed();
  }

  /** The other side has gone: nobody waits for an answer any more. */
  closed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#body?.fail(new Malformed("the connection has ended"));
    this.#gone?.abort();
    this.#flushed();
  }

  end(): void {
    this.closed();
    this.#socket.terminate();
  }

  readonly #goneSignal = () => {
    this.#gone ??= new AbortController();
    if (this.#isOver) this.#gone.abort();
    return this.#gone.signal;
  };

  /** What comes behind the request that is under way waits here, or, if it is much, at its sender. */
  #keep(bytes: Buffer): void {
    this.#behind.push(bytes);
    this.#behindBytes += bytes.length;
    if (this.#isFull) this.#socket.pause();
  }

  get #isFull(): boolean {
    return this.#behindBytes > maxBehind.bytes || this.#behind.length > maxBehind.pieces;
  }

  #read(bytes: Buffer): void {
    try {
      const pieces = this.#reader.push(bytes);
      const { head, isOver, behind } = this.#reader;
      if (head === null) return;
      if (isOver && behind.length > 0) this.#keep(behind);
      if (this.#request === null) this.#begin(head, pieces, isOver);
      else this.#goOn(pieces, isOver);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Most requests come whole. */
  #begin(head: RequestHead, pieces: readonly Buffer[], isWhole: boolean): void {
    const { maxBodyBytes } = this.#service;
    const [only = empty] = pieces;
    if (isWhole && pieces.length <= 1 && only.length <= maxBodyBytes)
      return this.#arrive(head, Promise.resolve(textIn(only)));
    const body = new IncomingBody(maxBodyBytes);
    this.#body = body;
    if (Number(head.headers["content-length"]) > maxBodyBytes) body.refuse();
    else if (head.headers["expect"]?.toLowerCase() === "100-continue")
      this.#write(Buffer.from("HTTP/1.1 100 Continue\r\n\r\n"));
    this.#goOn(pieces, isWhole);
    this.#arrive(head, body.text, body);
  }

  #goOn(pieces: readonly Buffer[], isOver: boolean): void {
    for (const piece of pieces) this.#body?.push(piece);
    if (!isOver) return;
    this.#body?.end();
    this.#body = null;
  }

  #arrive(head: RequestHead, text: Promise<string>, body: IncomingBody | null = null): void {
    this.#request = new Arrival(head, { peer: this.#peer, text, gone: this.#goneSignal });
    void this.#serve(this.#request, head, body);
  }

  async #serve(request: Arrival, head: RequestHead, body: IncomingBody | null): Promise<void> {
    try {
      const reply = await this.#service.answer(request);
      const isLast = this.#isEnding || !head.keepsConnection || asksForEnd(reply) || body?.isTooLong === true;
      if (this.#isOver) {
        if (reply instanceof Response) void reply.body?.cancel().catch(() => {});
        return;
      }
      if (reply instanceof Response && isStream(reply)) {
        request.forgetText();
        body?.forget();
      }
      if (reply instanceof Response) await this.#send(reply, head, isLast);
      else {
        const bytes = Buffer.byteLength(reply.text);
        const beginning = jsonBeginning(bytes, { isLast, date: this.#service.date() });
        this.#writeText(beginning + reply.text, beginning.length + bytes);
        if (this.#unsent !== null) await this.#flush();
      }
      if (isLast) return this.#finish();
      // what is left of a body that nobody has read is passed over
      if (this.#body !== null) await body?.text.catch(() => {});
      if (body?.isTooLong) return this.#finish();
      if (!this.#isOver) this.#next();
    } catch (error) {
      if (!this.#isOver) complain(messageOf(error));
      this.end();
    }
  }

  async #send(response: Response, head: RequestHead, isLast: boolean): Promise<void> {
    const date = this.#service.date();
    const isChunked = isStream(response) && !head.isOld;
    const isBodiless = head.method === "HEAD" || response.status === 204 || response.status === 304;
    if (isStream(response) && !isBodiless) {
      this.#write(
        Buffer.from(
          beginningOf(response, { isLast: isLast || head.isOld, date }, isChunked ? "chunked" : null),
        ),
      );
      return this.#stream(response, isChunked);
    }
    if (isStream(response)) void response.body?.cancel().catch(() => {});
    const text = isStream(response) ? "" : await response.text();
    const length = Buffer.byteLength(text);
    const isEmpty = response.status === 204 || response.status === 304;
    const beginning = beginningOf(response, { isLast, date }, isEmpty ? null : length);
    if (isBodiless) this.#writeText(beginning, beginning.length);
    else this.#writeText(beginning + text, beginning.length + length);
    if (this.#unsent !== null) await this.#flush();
  }

  /** Piece by piece, the next when the one before is on its way. */
  async #stream(response: Response, isChunked: boolean): Promise<void> {
    const reader = response.body?.getReader();
    if (!reader) return;
    const stop = () => void reader.cancel().catch(() => {});
    const gone = this.#goneSignal();
    gone.addEventListener("abort", stop, { once: true });
    this.#isChunked = isChunked;
    const silence = this.#request?.sign ? this.#signs.give(this) : () => {};
    try {
      for (;;) {
        if (this.#unsent !== null) await this.#flush();
        const { done, value } = await reader.read();
        if (this.#isOver) return;
        if (done) break;
        if (value.length === 0) continue;
        if (isChunked) this.#writeChunk(value);
        else this.#write(Buffer.from(value));
      }
      if (isChunked) this.#write(lastChunk);
      if (this.#unsent !== null) await this.#flush();
    } finally {
      this.#isChunked = null;
      silence();
      gone.removeEventListener("abort", stop);
    }
  }

  /** A small one in one piece; a large one without a copy of it. */
  #writeChunk(bytes: Uint8Array): void {
    const size = Buffer.from(`${bytes.length.toString(16)}\r\n`);
    if (bytes.length < maxCopied) return this.#write(Buffer.concat([size, bytes, crlf]));
    this.#write(size);
    this.#write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    this.#write(crlf);
  }

  /** A text goes out without a copy of it, which nearly every answer does at once. */
  #writeText(text: string, bytes: number): void {
    if (this.#isOver) return;
    if (this.#unsent !== null) return this.#write(Buffer.from(text));
    const sent = Math.max(this.#socket.write(text), 0);
    if (sent > 0) this.#movedAt = this.#service.now();
    if (sent < bytes) this.#unsent = Buffer.from(text).subarray(sent);
  }

  #write(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#unsent !== null) {
      this.#unsent = Buffer.concat([this.#unsent, bytes]);
      return;
    }
    const sent = Math.max(this.#socket.write(bytes), 0);
    if (sent > 0) this.#movedAt = this.#service.now();
    if (sent < bytes.length) this.#unsent = bytes.subarray(sent);
  }

  /** Resolves when all that was written is on its way, or nobody is there to take it. */
  #flush(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => (this.#onFlushed = resolve));
  }

  #flushed(): void {
    this.#onFlushed?.();
    this.#onFlushed = null;
  }

  #next(): void {
    this.#reader = new RequestReader();
    this.#request = null;
    if (this.#behindBytes === 0) return;
    if (this.#isFull) this.#socket.resume();
    const behind = Buffer.concat(this.#behind.splice(0));
    this.#behindBytes = 0;
    this.#read(behind);
  }

  /** What is no request is answered once, and nothing behind it is read. */
  #refuse(error: unknown): void {
    if (this.#request !== null) return this.end();
    const text = JSON.stringify({ error: `This is no HTTP request: ${messageOf(error)}.` });
    const said = new Response(null, { status: 400, headers: { "content-type": "application/json" } });
    const beginning = beginningOf(said, { isLast: true, date: this.#service.date() }, text.length);
    this.#writeText(beginning + text, beginning.length + text.length);
    this.#finish();
  }

  /**
   * If the connection were closed while its sender still sends, the answer could be lost: for a while what comes is
   * accepted and not read.
   */
  #finish(): void {
    this.#isLast = true;
    this.#movedAt = this.#service.now();
    if (this.#isFull) this.#socket.resume();
    this.#behind.length = 0;
    this.#socket.shutdown();
  }
}

function asksForEnd(reply: Reply): boolean {
  return reply instanceof Response && reply.headers.get("connection") === "close";
}

const maxBehind = { bytes: 65_536, pieces: 64 } as const;
const maxCopied = 16_384;
const lingerSeconds = 2;
const empty = Buffer.alloc(0);
const crlf = Buffer.from("\r\n");
const lastChunk = Buffer.from("0\r\n\r\n");
