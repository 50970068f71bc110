import { isIP } from "node:net";
import { loopback, withoutBrackets } from "../../core/address.ts";
import { CordError } from "../../core/error.ts";
import { nestsDeeper } from "../../core/nesting.ts";
import { limits } from "../../core/limits.ts";

/** What of a request tells who asks. */
export interface GuardedRequest {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
}

/** Where the daemon listens, as hosts that a request may name. */
export interface Hosts {
  names: ReadonlySet<string>;
  /** listening everywhere, it may be called by any address of the machine: of that port, when set */
  anyAddressAt: number | null;
}

/** The names under which a loopback daemon may be called; a page that rebinds DNS has another. */
export function hostsFor(hostname: string, port: number): Hosts {
  const names = [loopback, "localhost", "[::1]", hostname.includes(":") ? `[${hostname}]` : hostname];
  const everywhere = hostname === "0.0.0.0" || hostname === "::";
  return { names: new Set(names.map((name) => `${name}:${port}`)), anyAddressAt: everywhere ? port : null };
}

/**
 * Loopback is no protection: a web page can reach it. Throws `not_allowed` for a foreign Host and for any Origin but
 * the daemon's own, `unsupported_type` for a POST that a page could send without a preflight, unless who answers it looks at
 * its type.
 */
export function guard(hosts: Hosts, request: GuardedRequest, { looksAtType = true } = {}): void {
  const host = request.headers.get("host")?.toLowerCase() ?? "";
  if (!isNamed(hosts, host))
    throw new CordError(
      "not_allowed",
      `This Host is not the daemon's. Call it by ${loopback} or localhost, with its port.`,
    );
  const origin = request.headers.get("origin");
  if (origin !== null && !isOwn(host, origin))
    throw new CordError("not_allowed", "A web page of another origin may not talk to cord.");
  if (looksAtType && request.method === "POST" && !isJson(request.headers.get("content-type"))) {
    throw new CordError("unsupported_type", "Send application/json.");
  }
}

/**
 * Throws `not_allowed` for what a browser asks, unless a page of the daemon itself does. For a GET that changes something: for an image
 * or a link a browser sends it without an Origin, whatever site the page is of.
 */
export function guardFromPages({ headers }: GuardedRequest): void {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin")
    throw new CordError("not_allowed", "A web page may not open a tab of cord.");
}

/** An address cannot be rebound as a name can: a page that carries one in its Host came from there. */
function isNamed({ names, anyAddressAt }: Hosts, host: string): boolean {
  if (names.has(host)) return true;
  const [, name = "", port = ""] = /^(.*):(\d+)$/.exec(host) ?? [];
  return Number(port) === anyAddressAt && isIP(withoutBrackets(name)) !== 0;
}

/**
 * A page of the daemon itself has exactly its Host as origin; another port or address of the machine belongs to
 * somebody else.
 */
function isOwn(host: string, origin: string): boolean {
  return origin.toLowerCase() === `http://${host}`;
}

function isJson(contentType: string | null): boolean {
  return (
    contentType === "application/json" ||
    contentType?.split(";")[0]?.trim().toLowerCase() === "application/json"
  );
}

/** Throws a refusal for JSON text nested deeper than the limit. */
export function refuseDeep(text: string): void {
  if (nestsDeeper(text, limits.nesting))
    throw new CordError("invalid", `JSON may be nested ${limits.nesting} deep.`);
}
