import { EncryptedTransport } from "./encrypted.ts";
import { PlainTransport } from "./plain.ts";
import type { Transport } from "./transport.ts";

/** The transport to the daemon at a URL: one for each address and token, so that a process shares its connections. */
export function reach(url: string, token: string): Transport {
  const key = `${url}\n${token}`;
  const known = transports.get(key);
  if (known) return known;
  const isEncrypted = new URL(url).protocol === "https:";
  const made = isEncrypted ? new EncryptedTransport(url, token) : new PlainTransport(url, token);
  transports.set(key, made);
  return made;
}

const transports = new Map<string, Transport>();
