/**
 * How a daemon proves whose it is before a token is sent to it, and what is sent instead of the token. Both sides
 * know the token, and what is sealed with it (HMAC-SHA256, hex) reveals nothing of it. A proof is bound to the called
 * address, so that a challenge passed on to a daemon at another address gets an answer that does not fit. It is also
 * bound to one start of the daemon, so that whoever takes the port later cannot reuse it.
 */

/** The challenge: 32 to 128 hexadecimal digits, in GET /healthz?nonce=. */
export const nonceShape = /^[0-9a-f]{32,128}$/i;

/** What a daemon seals to answer a challenge. `instance` is random, one for each start; `host` is as the request's Host. */
export function proofText(nonce: string, instance: string, host: string): string {
  return `cord-proof\n${nonce}\n${instance}\n${host}`;
}

/**
 * What a client seals to be admitted by the instance that has proved itself: sent as a bearer token, with the prefix.
 */
export function keyText(instance: string, host: string): string {
  return `cord-key\n${instance}\n${host}`;
}

export const keyPrefix = "cord-key.";

/** A node's token: `cord-node.<task>.<epoch>.<seal>`. Its holder does not know the daemon's. */
export const nodePrefix = "cord-node.";

/** The public part of a node's token, in GET /healthz?for=: it says whose token the proof is for. */
export function nodeOf(token: string): string {
  return token.split(".").slice(0, 3).join(".");
}
