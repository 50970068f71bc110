import { isLoopback } from "../../core/address.ts";
import { bytes } from "../../core/bytes.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { systemCode } from "../../core/system-code.ts";
import { plain } from "../../core/text.ts";
import { environment, setVariables } from "../../system/environment.ts";
import { orAborted, within } from "../connection/deadline.ts";
import { noProxyTo } from "../connection/proxy.ts";

export interface Bounds {
  maxBytes: number;
  /** for all of it, redirects included */
  withinMs: number;
  /** Called as it comes; `total` is null where the server does not say. */
  onBytes?: (loaded: number, total: number | null) => void;
}

/** How long a server may be silent. */
const silentMs = 20_000;

const maxRedirects = 5;

/**
 * The bytes of a file of a release. Only over https, also where it is led to, but on this machine; by a proxy that the
 * environment names, but for loopback. Throws `unavailable` where they do not come whole within the bounds, in a
 * sentence with what to do.
 */
export function load(url: string, bounds: Bounds): Promise<Uint8Array> {
  const late = () => unavailable(url, `it took longer than ${Math.round(bounds.withinMs / 1000)} seconds`);
  return within(bounds.withinMs, undefined, late, async (signal) => {
    let at = url;
    for (let turn = 0; turn <= maxRedirects; turn += 1) {
      const response = await answerOf(at, signal);
      const to = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
      if (to === null) return read(url, response, bounds, signal);
      void response.body?.cancel().catch(() => {});
      if (!URL.canParse(to, at)) break;
      at = new URL(to, at).href;
    }
    throw unavailable(url, "it leads nowhere");
  });
}

/** Refuses an address where anybody could answer. */
function refuseUnsafe(url: string): void {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  if (protocol === "https:" || (protocol === "http:" && isLoopback(hostname))) return;
  throw new CordError(
    "unavailable",
    `${plain(url)} is no https address, so that anybody could answer there. Set CORD_RELEASES to one that is.`,
  );
}

async function answerOf(url: string, signal: AbortSignal): Promise<Response> {
  refuseUnsafe(url);
  // Bun's fetch reads these at each call
  setVariables(noProxyTo(url, environment));
  return withinSilence(url, signal, async (silence) => {
    // oxlint-disable-next-line no-restricted-globals -- a release's server is no daemon: fetch knows proxies and TLS
    return fetch(url, { redirect: "manual", signal: silence, headers: { "user-agent": "cord" } }).catch(
      (error: unknown) => {
        throw silence.aborted ? silence.reason : unavailable(url, whyOf(error));
      },
    );
  });
}

async function read(
  url: string,
  response: Response,
  { maxBytes, onBytes }: Bounds,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (!response.ok) throw refused(url, response.status);
  const size = Number(response.headers.get("content-length")) || null;
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const piece = await withinSilence(url, signal, async () => reader?.read());
      if (piece === undefined || piece.done) break;
      loaded += piece.value.length;
      if (loaded > maxBytes) throw unavailable(url, `it is larger than ${bytes(maxBytes)}`);
      chunks.push(piece.value);
      onBytes?.(loaded, size);
    }
  } catch (error) {
    throw error instanceof CordError ? error : unavailable(url, whyOf(error));
  } finally {
    void reader?.cancel().catch(() => {});
  }
  return Buffer.concat(chunks);
}

function withinSilence<T>(
  url: string,
  given: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = () => unavailable(url, `nothing has come for ${silentMs / 1000} seconds`);
  return within(silentMs, given, late, (signal) => orAborted(work(signal), signal));
}

function refused(url: string, status: number): CordError {
  const now =
    status === 404
      ? "Look whether that release is there, and whether the address is right (CORD_RELEASES)"
      : "Try again later";
  return new CordError(
    "unavailable",
    `${plain(url)} could not be loaded: the server says ${status}. ${now}.`,
  );
}

function unavailable(url: string, why: string): CordError {
  return new CordError(
    "unavailable",
    `${plain(url)} could not be loaded: ${why}. Look whether this machine is on line, and whether it needs a proxy (HTTPS_PROXY).`,
  );
}

function whyOf(error: unknown): string {
  return reasons.get(systemCode(error)) ?? plain(messageOf(error).replace(/[.\s]+$/, ""));
}

/** As Bun's fetch names them. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nobody answers there (ECONNREFUSED)"],
  ["ConnectionRefused", "nobody answers there (ConnectionRefused)"],
  ["ENOTFOUND", "its name is not known here (ENOTFOUND)"],
  ["FailedToOpenSocket", "there is no way there (FailedToOpenSocket)"],
  ["ECONNRESET", "the connection broke (ECONNRESET)"],
  ["ConnectionClosed", "the connection broke (ConnectionClosed)"],
]);
