import { tryParseJson } from "../../core/json.ts";
import { addressOf, isLoopback } from "../../core/address.ts";
import { CordError } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import { listenersUser, listenerAt } from "../../system/listener.ts";
import type { ConnectionLost } from "../connection/http-connection.ts";

/** What came in answer to a challenge, when it is no daemon's. */
interface Said {
  status: number;
  type: string;
  /** null: longer than anything that a daemon answers to a challenge */
  body: string | null;
}

/** One sentence that says what answers at an address where a daemon should, and what to do. */
export function strangerAt(url: string, { status, type, body }: Said): CordError {
  return new CordError(
    "conflict",
    `${whatSays(status, type, body?.trim() ?? null)} answers at ${url}. ${otherPort(url)}`,
  );
}

function whatSays(status: number, type: string, body: string | null): string {
  if (status >= 300 && status < 400) return `A web server that sends its visitors elsewhere (${status})`;
  if (type.startsWith("text/html") || /^<(?:!doctype|html)/i.test(body ?? ""))
    return `A web server with pages (${status})`;
  if (body === null) return `A web server that says more than cord would (${status})`;
  if (status === 204 || body === "") return `A web server that says nothing (${status})`;
  const said = tryParseJson(body);
  if (typeof said === "object" && said !== null && "jsonrpc" in said)
    return "Something that speaks JSON-RPC but is not cord";
  if (said !== undefined) return `A web server that speaks JSON but is not cord (${status}${reasonIn(said)})`;
  if (type.includes("json")) return `A web server whose JSON breaks off (${status})`;
  return `A web server that is not cord (${status})`;
}

/** Also a daemon's own, that does not want to be called by this name. */
function reasonIn(said: unknown): string {
  if (typeof said !== "object" || said === null || !("error" in said)) return "";
  return typeof said.error === "string" ? `: "${plain(said.error).slice(0, 200)}"` : "";
}

/** The same for what does not even answer in HTTP. Null: nobody is there at all. */
export function lostAt(url: string, { why, heard }: ConnectionLost): CordError | null {
  switch (why) {
    case "nobody":
      return null;
    case "closed":
      return new CordError(
        "unavailable",
        `Something at ${url} takes connections and closes them without an answer. ${otherPort(url)}`,
      );
    case "half":
      return new CordError(
        "unavailable",
        `What answers at ${url} broke off in the middle. ${otherPort(url)}`,
      );
    case "noise":
      return new CordError("conflict", `${noise(heard)} answers at ${url}. ${otherPort(url)}`);
    default:
      return why satisfies never;
  }
}

function noise(heard: string): string {
  if (heard.startsWith("HTTP/1.")) return "A web server whose answer cannot be read";
  return `Something that does not speak HTTP, but says "${plain(heard).trim().slice(0, 40)}",`;
}

/** What to do about whoever has the port. Names a process of this machine if this user may look at it. */
export function otherPort(url: string): string {
  const otherwise = 'choose another port with --url, and the same with "cord serve --addr"';
  const uid = otherUserAt(url);
  return uid === null
    ? `End it${processAt(url)}, or ${otherwise}.`
    : `It is another user's (uid ${uid}): ${otherwise}.`;
}

function processAt(url: string): string {
  const { hostname: host, port } = addressOf(url);
  const listener = isLoopback(host) ? listenerAt(host, port) : null;
  return listener === null ? "" : ` (${plain(listener.name)}, pid ${listener.pid})`;
}

/** The user who listens there, if it is not this one, who could not end it. Null: this user, or unknown. */
export function otherUserAt(url: string): number | null {
  const { hostname: host, port } = addressOf(url);
  const own = process.getuid?.() ?? 0;
  const uid = isLoopback(host) && own !== 0 ? listenersUser(host, port) : null;
  return uid === own ? null : uid;
}

export function nobodyAt(url: string, cause?: unknown): CordError {
  return new CordError(
    "unavailable",
    `No cord daemon answers at ${url}. Start one with "cord serve", or name another with --url.`,
    { cause },
  );
}
