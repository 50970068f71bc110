import { CordError } from "../core/error.ts";
import { plain } from "../core/text.ts";
import { ConnectionLost } from "./connection.ts";

/** What came in answer to a challenge, when it is no daemon's. */
export interface Said {
  status: number;
  type: string;
  body: string;
}

/** One sentence that says what answers at an address where a daemon should, and what to do. */
export function strangerAt(url: string, { status, type, body }: Said): CordError {
  return new CordError("conflict", `${whatSays(status, type, body.trim())} answers at ${url}. ${otherPort}`);
}

function whatSays(status: number, type: string, body: string): string {
  if (status >= 300 && status < 400) return `A web server that sends its visitors elsewhere (${status})`;
  if (type.startsWith("text/html") || /^<(?:!doctype|html)/i.test(body))
    return `A web server with pages (${status})`;
  if (status === 204 || body === "") return `A web server that says nothing (${status})`;
  const said = jsonIn(body);
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

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same for what does not even answer in HTTP. Null: nobody is there at all. */
export function lostAt(url: string, { why, heard }: ConnectionLost): CordError | null {
  switch (why) {
    case "nobody":
      return null;
    case "closed":
      return new CordError(
        "unavailable",
        `Something at ${url} takes connections and closes them without an answer. ${otherPort}`,
      );
    case "half":
      return new CordError("unavailable", `What answers at ${url} broke off in the middle. ${otherPort}`);
    case "noise":
      return new CordError(
        "conflict",
        `Something that does not speak HTTP answers at ${url}: it says "${plain(heard).trim().slice(0, 40)}". ${otherPort}`,
      );
    default:
      return why satisfies never;
  }
}

/** A port that takes connections and is silent, or says so little at a time that nothing comes of it. */
export function silentAt(url: string, ms: number): CordError {
  return new CordError(
    "unavailable",
    `What listens at ${url} said nothing of use within ${Math.round(ms / 1000)} s. If it is a cord daemon, it has been stopped or hangs: "cord daemon restart" replaces it; else choose another port with --url.`,
  );
}

/** A daemon that has proved itself, and then does not answer. */
export function hungAt(url: string, ms: number): CordError {
  return new CordError(
    "unavailable",
    `The cord daemon at ${url} did not answer within ${Math.round(ms / 1000)} s. If it has been stopped or hangs, "cord daemon restart" replaces it.`,
  );
}

const otherPort = 'End it, or choose another port with --url, and the same with "cord serve --addr".';

export function nobodyAt(url: string, cause?: unknown): CordError {
  return new CordError(
    "unavailable",
    `No cord daemon answers at ${url}. Start one with "cord serve", or name another with --url.`,
    { cause },
  );
}
