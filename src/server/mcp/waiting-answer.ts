import { isJsonObject, parseJson } from "../../core/json.ts";
import { progressOf, progressTokenIn } from "../../core/progress.ts";
import { sseText } from "../../core/sse.ts";
import { sessionHeaders } from "../../core/session.ts";
import { sseResponse } from "../http/sse.ts";

/**
 * Sends the answer to a waiting call as a stream that begins at once. Clients give up a request without a byte after
 * a minute (Claude Code 2.1.197 at 60.0 s), and a tool without progress after longer (Claude Code after five). So the
 * signs of life are progress messages, if the call has a token for them. Source: MCP 2025-11-25, "Transports".
 */
export function sendWaiting(
  request: Request,
  body: unknown,
  { hold, answer, heartbeatMs }: Waiting,
): Response {
  const token = progressTokenIn(body);
  // it throws when too many wait already: then nothing is begun
  const release = hold();
  const answered = answer();
  let told = 0;
  return sseResponse(request, {
    next: once(answered.then((message) => message && eventOf(message))),
    ...beginningFor(request, body),
    ...(token === null ? {} : { heartbeat: () => eventOf(progressOf(token, (told += 1))) }),
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    onEnd: release,
  });
}

interface Waiting {
  /** Asked before the call is made; what it gives is called at the end of the stream. */
  hold(): () => void;
  /** Makes the call, and does not reject. */
  answer(): Promise<object | null>;
  heartbeatMs?: number;
}

/**
 * Answers a client whose stream broke before its answer came: it asks for the rest, and would wait for long. Its call
 * ended with the stream. Null: the request is not of this kind.
 */
export function lostAnswer(request: Request): Response | null {
  const event = request.method === "GET" ? request.headers.get(lastEvent) : null;
  const id = event === null ? undefined : idIn(event);
  if (id === undefined) return null;
  const result = { isError: true, content: [{ type: "text", text: lost }] };
  return sseResponse(request, {
    next: once(Promise.resolve(eventOf({ jsonrpc: "2.0", id, result }))),
    onEnd() {},
  });
}

/** The texts of a stream of one. */
function once(text: Promise<string | null>): () => Promise<string | null> {
  let isSent = false;
  return async () => {
    if (isSent) return null;
    isSent = true;
    return text;
  };
}

const lost =
  "cord's daemon was gone for a moment, and this call with it. Call it again: a question that was put already is not put twice.";

const lastEvent = "last-event-id";

/** An event by which the client can ask for the rest, should the stream break; only newer clients know one without data. */
function beginningFor({ headers }: Request, body: unknown): { first?: string } {
  if ((headers.get(sessionHeaders.version) ?? "") < primedSince || !isJsonObject(body)) return {};
  const id = Buffer.from(JSON.stringify(body["id"])).toString("base64url");
  return id.length > maxIdLength ? {} : { first: sseText({ id, retryMs, data: "" }) };
}

const primedSince = "2025-11-25";
const maxIdLength = 400;
/** Clients try twice, as the SDK's does: by then an engine has started another daemon. */
const retryMs = 2000;

/** Undefined: the id was never sent with an event. */
function idIn(event: string): unknown {
  try {
    return event.length > maxIdLength ? undefined : parseJson(Buffer.from(event, "base64url").toString());
  } catch {
    return undefined;
  }
}

function eventOf(message: object): string {
  return sseText({ event: "message", data: JSON.stringify(message) });
}
