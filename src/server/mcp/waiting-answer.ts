import { isJsonObject, parseJson } from "../../core/json.ts";
import { statelessVersion } from "../../core/mcp-version.ts";
import { progressNotice, progressOf, progressTokenIn, type Wait } from "../../core/progress.ts";
import { sseHeartbeat, sseText, type SseEvent } from "../../core/sse.ts";
import { sessionHeaders } from "../../core/session.ts";
import { sseResponse } from "../http/sse.ts";
import { refused } from "./refused.ts";

interface Waiting {
  /** Asked before the call is made; what it gives is called at the end of the stream. */
  hold(): () => void;
  /** Makes the call, and does not reject. Null: its client took it back, and is answered nothing. */
  answer(): Promise<object | null>;
  /** what the client is told of it meanwhile */
  wait: Wait;
  /** events that stand before the answer */
  before?: () => string;
}

/**
 * The streams in which calls that wait are answered. Clients give up a request without a byte after a minute (Claude Code
 * 2.1.197 at 60.0 s), and a tool without progress after longer (Claude Code after five), so each begins at once, and has a
 * sign of life every 10 s: a comment, and progress if the call has a token for it. Source: MCP 2025-11-25, "Transports".
 */
export class WaitingAnswers {
  /** the events by which the clients of calls that were taken back might ask for the rest; the newest last */
  readonly #takenBack = new Set<string>();
  readonly #heartbeatMs: number;

  constructor(heartbeatMs = defaultHeartbeatMs) {
    this.#heartbeatMs = heartbeatMs;
  }

  send(request: Request, body: unknown, { hold, answer, wait, before }: Waiting): Response {
    // it throws when too many wait already: then nothing is begun
    const release = hold();
    const answered = answer();
    const progress = progressFor(body, wait);
    const event = eventFor(request, body);
    const last = async () => {
      const message = await answered;
      if (message !== null) return (before?.() ?? "") + eventOf(message);
      if (event !== null) this.#noteTakenBack(event);
      return null;
    };
    const named = event === null ? {} : { id: event, retryMs };
    const isPrimed = event !== null && !isStateless(request);
    return sseResponse(request, {
      next: once(last),
      first: isPrimed ? sseText({ ...named, data: "" }) + progress() : sseHeartbeat + progress(named),
      heartbeat: () => sseHeartbeat + progress(),
      heartbeatMs: this.#heartbeatMs,
      onEnd: release,
    });
  }

  /**
   * Answers a client whose stream broke before its answer came: it asks for the rest, and would wait for long. Its call
   * ended with the stream; one that it took back has no answer. Null: the request is not of this kind.
   */
  lost(request: Request): Response | null {
    const event = request.method === "GET" ? request.headers.get(lastEvent) : null;
    const id = event === null ? undefined : idIn(event);
    if (event === null || id === undefined) return null;
    if (this.#takenBack.has(event)) return refused(405, "You took this call back.", { allow: "POST" });
    const complete = isStateless(request) ? { resultType: "complete" } : {};
    const result = { isError: true, content: [{ type: "text", text: lost }], ...complete };
    return sseResponse(request, {
      next: once(async () => eventOf({ jsonrpc: "2.0", id, result })),
      onEnd() {},
    });
  }

  #noteTakenBack(event: string): void {
    this.#takenBack.add(event);
    const [oldest] = this.#takenBack;
    if (this.#takenBack.size > maxTakenBack && oldest !== undefined) this.#takenBack.delete(oldest);
  }
}

const defaultHeartbeatMs = 10_000;
const maxTakenBack = 1000;

/** What is said of a wait to a client that wants to hear of it: how long it lasts by now. */
function progressFor(body: unknown, wait: Wait): (named?: Partial<SseEvent>) => string {
  const token = progressTokenIn(body);
  if (token === null) return () => "";
  const began = performance.now();
  return (named) => eventOf(progressNotice(token, progressOf(wait, performance.now() - began)), named);
}

/** The texts of a stream of one. */
function once(text: () => Promise<string | null>): () => Promise<string | null> {
  let isSent = false;
  return async () => {
    if (isSent) return null;
    isSent = true;
    return text();
  };
}

const lost =
  "cord's daemon was gone for a moment, and this call with it. Call it again: a question that was put already is not put twice.";

const lastEvent = "last-event-id";

/**
 * The id of an event by which the client can ask for the rest, should the stream break. Null: it has no use for one, as only
 * newer clients know an event without data. MCP 2026-07-28 has neither such an event nor a rest to be asked for. But Claude
 * Code 2.1.332 asks for it there too, and knows without it for four minutes and more of no break: so the first word of
 * progress has the id there, if the client wants to hear of that.
 */
function eventFor(request: Request, body: unknown): string | null {
  const version = request.headers.get(sessionHeaders.version) ?? "";
  if (version < primedSince || !isJsonObject(body)) return null;
  if (isStateless(request) && progressTokenIn(body) === null) return null;
  const event = Buffer.from(JSON.stringify([body["id"], crypto.randomUUID()])).toString("base64url");
  return event.length > maxEventLength ? null : event;
}

const primedSince = "2025-11-25";
const maxEventLength = 400;
/** Clients try twice, as the SDK's does: by then an engine has started another daemon. */
const retryMs = 2000;

/** The id of the call of which an event tells. Undefined: it was never sent. */
function idIn(event: string): unknown {
  try {
    const told: unknown =
      event.length > maxEventLength ? null : parseJson(Buffer.from(event, "base64url").toString());
    return Array.isArray(told) ? told[0] : undefined;
  } catch {
    return undefined;
  }
}

function eventOf(message: object, named: Partial<SseEvent> = {}): string {
  return sseText({ ...named, event: "message", data: JSON.stringify(message) });
}

function isStateless({ headers }: Request): boolean {
  return headers.get(sessionHeaders.version) === statelessVersion;
}
