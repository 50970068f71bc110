import { isIP } from "node:net";
import { CordError } from "../core/error.ts";
import { isLoopback, numericHost, withoutBrackets } from "../core/address.ts";
import { keyPrefix, keyText, nodePrefix, nonceShape, proofText } from "../core/proof.ts";
import { randomHex, sealed } from "../system/secret.ts";
import { nodeToken } from "./node-token.ts";

/** `host`: as what the request called the daemon, which is part of what is sealed. */
interface Proof {
  instance: string;
  host: string;
  proof: string;
}

/** A request for healthz, as far as a proof depends on it. `host`: as what it called the daemon; `peer`: null where it came by no connection. */
export interface Challenge {
  query: URLSearchParams;
  host: string | null;
  peer: string | null;
}

/** How this start of the daemon answers challenges, and knows those who saw the answer. */
export interface Prover {
  /** what healthz adds for a challenge; null: the request holds none. Throws `invalid` for a malformed one */
  answer(challenge: Challenge): Proof | null;
  /** the bearer of a person's client that was shown a proof for this Host */
  keyFor(host: string): string;
}

/** `hostname`: the address, or the name, that the daemon listens at. */
export function proverFor(token: string, hostname: string): Prover {
  const instance = randomHex(16);
  const keys = new Map<string, string>();
  return {
    answer({ query, host: called, peer }) {
      const host = called?.toLowerCase() ?? "";
      const nonce = query.get("nonce");
      if (nonce === null) return null;
      if (!nonceShape.test(nonce))
        throw new CordError("invalid", "/healthz: nonce takes 32 to 128 hexadecimal digits.");
      if (!isCalledBy(hostname, host, peer))
        throw new CordError("not_allowed", "The daemon does not listen at this address.");
      const key = keyOf(token, query.get("for"));
      return { instance, host, proof: sealed(key, proofText(nonce, instance, host)) };
    },
    keyFor(host) {
      const known = keys.get(host);
      if (known !== undefined) return known;
      const key = `${keyPrefix}${sealed(token, keyText(instance, host))}`;
      if (keys.size < maxKept) keys.set(host, key);
      return key;
    },
  };
}

/** A daemon is called by a handful of hosts; one that listens everywhere could be called by many. */
const maxKept = 16;

/** A node's client knows only the node's token, so the proof for it is sealed with that. */
function keyOf(token: string, node: string | null): string {
  if (node === null) return token;
  const [, taskId = "", epoch = ""] =
    new RegExp(`^${nodePrefix}([0-9a-f-]{1,64})\\.(\\d{1,15})$`).exec(node) ?? [];
  if (taskId === "") throw new CordError("invalid", "/healthz: for takes the beginning of a node's token.");
  return nodeToken(token, taskId, Number(epoch));
}

/**
 * Whether a request with this Host can have reached the daemon without a relay. Another program may hold the same
 * port at another address of the machine ([::1] beside 127.0.0.1) and pass requests on: no proof is given for an
 * address at which the daemon itself does not listen.
 */
function isCalledBy(hostname: string, host: string, peer: string | null): boolean {
  const name = numericHost(withoutBrackets(host.replace(/:\d+$/, "")));
  if (hostname !== "0.0.0.0" && hostname !== "::") return name === numericHost(hostname).toLowerCase();
  if (hostname === "0.0.0.0" && isIP(name) === 6) return false;
  return !isLoopback(name) || (peer !== null && isLoopback(peer));
}
