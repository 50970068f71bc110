import { pushBounds } from "../../../core/limits.ts";
import type { PushSecrets } from "../../../core/push-config.ts";
import { pushTarget, type PushPrefix } from "../../../core/push-target.ts";
import type { Sealer } from "../../../operations/context.ts";
import type { PushRow } from "../../../store/tables/push-configs.ts";
import { addressFor, type Resolver } from "./addresses.ts";
import { post } from "./post.ts";

/** What is written of one update, and as what. */
export interface Written {
  body: string;
  contentType: string;
}

export interface SendOptions {
  prefixes: readonly PushPrefix[];
  sealer: Sealer;
  resolve: Resolver;
  /** certificates that are trusted instead of the system's */
  ca?: string | undefined;
}

/** Delivers once. Resolves when the receiver has taken it, with a status of 2xx; rejects with why not, in words without a secret. */
export async function send(
  { prefixes, sealer, resolve, ca }: SendOptions,
  row: PushRow,
  { body, contentType }: Written,
  signal: AbortSignal,
): Promise<void> {
  // the daemon that took the configuration may have allowed more
  const url = pushTarget(row.url, prefixes);
  if ("refusal" in url) throw new Error("no --push-to allows the URL any more");
  if (Buffer.byteLength(body) > pushBounds.bodyBytes)
    throw new Error(`it is larger than ${pushBounds.bodyBytes} bytes`);
  const secrets = row.secrets === null ? {} : sealer.open(row, row.secrets);
  if (secrets === null)
    throw new Error(
      "the daemon has another token than when its secrets were given: create the configuration again",
    );
  const address = await whileWanted(addressFor(url.hostname, row.tries, resolve), signal);
  const headers = { "content-type": contentType, ...headersOf(secrets) };
  const status = await post({ url, address, headers, body, ca }, signal);
  if (status >= 300 && status < 400) throw new Error(`HTTP ${status}, and redirects are not followed`);
  if (status < 200 || status >= 300) throw new Error(`HTTP ${status}`);
}

function headersOf({ token, authentication }: PushSecrets): Record<string, string> {
  const { scheme, credentials } = authentication ?? {};
  return {
    ...(credentials === undefined ? {} : { authorization: `${scheme} ${credentials}` }),
    ...(token === undefined ? {} : { "x-a2a-notification-token": token }),
  };
}

/** A look-up cannot be ended: it is left alone. */
function whileWanted<T>(looking: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([looking, promise]).finally(() => signal.removeEventListener("abort", abort));
}
