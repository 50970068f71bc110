import { isLoopback } from "./address.ts";
import { CordError } from "./error.ts";
import { pushBounds } from "./limits.ts";

/** The refusal of a daemon that allows none. */
export const pushIsOff =
  "Push notifications are off here: start the daemon with --push-to and the prefix of the URLs that it may call.";

/** A prefix of URLs that the daemon may deliver to, as a person has allowed it. */
export interface PushPrefix {
  /** as it is shown */
  text: string;
  protocol: string;
  hostname: string;
  /** "" is the scheme's own; null: any */
  port: string | null;
  /** of the path, each as it is written; the last is empty where the prefix ends in a slash */
  segments: readonly string[];
}

/** Throws `usage` for a prefix that allows nothing, or of which nobody can tell what it allows. */
export function pushPrefix(text: string): PushPrefix {
  const [, before = "", after = ""] = anyPort.exec(text) ?? [];
  const read = readUrl(before === "" ? text : `${before}${after}`, pushBounds.prefixLength);
  if (typeof read === "string") throw new CordError("usage", `--push-to ${shown(text)} ${read}.`);
  if (read.search !== "" || text.includes("?"))
    throw new CordError("usage", `--push-to ${shown(text)} has a query: a prefix ends with a path.`);
  const { href, protocol, hostname, port, pathname } = read;
  const fixed = { protocol, hostname, segments: segmentsOf(read) };
  const isForAny = before !== "" || (isLoopback(hostname) && !namesPort.test(text));
  return isForAny
    ? { text: `${protocol}//${hostname}:*${pathname}`, port: null, ...fixed }
    : { text: href, port, ...fixed };
}

/** On loopback receivers take any free port, and nobody listens at the scheme's own: no port is any there. */
const namesPort = /^https?:\/\/[^/?#]*:\d+(?:[/?#]|$)/i;

/** A receiver elsewhere that takes any free port may be allowed as `http://10.0.0.7:*`. */
const anyPort = /^(https?:\/\/[^/?#]+):\*(?=[/?#]|$)(.*)$/i;

/** Each once. Throws `usage` as pushPrefix, and for more than a daemon tells others of. */
export function pushPrefixes(texts: readonly string[]): PushPrefix[] {
  const prefixes = new Map(texts.map(pushPrefix).map((prefix) => [prefix.text, prefix]));
  if (prefixes.size <= pushBounds.prefixes) return [...prefixes.values()];
  throw new CordError("usage", `--push-to takes ${pushBounds.prefixes} prefixes at most.`);
}

/** Those in a variable of the environment: blanks stand between them. */
export function prefixesIn(text: string): string[] {
  return text.split(/\s+/).filter((one) => one !== "");
}

/**
 * Whether a URL lies under one of the prefixes: the same scheme, host and port, and a path that begins with the prefix's, segment
 * by segment. The sentence says why not, and repeats nothing of the URL's path, which may be a secret.
 */
export function pushTarget(text: string, prefixes: readonly PushPrefix[]): URL | { refusal: string } {
  const url = readUrl(text, pushBounds.urlLength);
  if (typeof url === "string") return { refusal: `The URL ${url}.` };
  const segments = segmentsOf(url);
  const isUnder = (prefix: PushPrefix) =>
    prefix.protocol === url.protocol &&
    prefix.hostname === url.hostname &&
    (prefix.port ?? url.port) === url.port &&
    begins(segments, prefix.segments);
  if (prefixes.some(isUnder)) return url;
  const allowed = prefixes.map(({ text }) => text).join(", ");
  return {
    refusal: `Nothing may be delivered to that URL at ${url.origin}: this daemon was started with --push-to ${allowed}.`,
  };
}

/**
 * A URL that means the same to whoever reads it; else why it does not, as the end of a sentence. The parser takes `..` out
 * of a path, but what is written as `%2f` or `..;` is a step upwards only to some servers.
 */
function readUrl(text: string, maxLength: number): URL | string {
  if (text.length > maxLength) return `is longer than ${maxLength} characters`;
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes("\\")) return "holds characters that a URL has not";
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1];
  if (authority === undefined || !URL.canParse(text)) return "is no URL of http or https";
  if (authority.includes("@")) return "holds a name or a password: they go into authentication";
  if (authority.includes("*")) return "has a * in its host: each host is named";
  if (text.includes("#")) return "has a fragment, which is never sent";
  const url = new URL(text);
  if (hiddenStep.test(url.pathname)) return "has a path that servers read in different ways";
  return url;
}

/** An encoded slash, dot, percent or zero; a segment of dots with parameters. */
const hiddenStep = /%(?:2f|5c|2e|25|00)|\/\.{1,2};/i;

function segmentsOf({ pathname }: URL): string[] {
  return pathname.slice(1).split("/");
}

/** A last segment that is empty stands for all below. */
function begins(segments: readonly string[], begun: readonly string[]): boolean {
  const isOpen = begun.at(-1) === "";
  const fixed = isOpen ? begun.slice(0, -1) : begun;
  if (isOpen && segments.length < begun.length) return false;
  return fixed.every((segment, at) => segments[at] === segment);
}

/** A flag may hold a password by mistake. */
function shown(text: string): string {
  return text.replace(/\/\/[^/?#]*@/, "//…@");
}
