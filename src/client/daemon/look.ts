import { randomHex } from "../../system/secret.ts";
import { answered } from "../connection/answered.ts";
import { Unproven } from "../connection/proof.ts";
import { reach } from "../connection/reach.ts";
import { callerToken } from "../token.ts";
import type { Health } from "./health.ts";

/**
 * The health of the daemon at the URL, once it has proved that it knows the token; null if nobody is there. Throws what
 * else answers there, in one sentence.
 */
export async function healthOf(
  url: string,
  { token = callerToken(), timeoutMs = defaultMs }: { token?: string; timeoutMs?: number } = {},
): Promise<Health | null> {
  return answered({ url, ms: timeoutMs, isKnown: false }, (signal) => reach(url, token).look(signal));
}

const defaultMs = 10_000;

/** What the daemon at the URL says of itself, whoever's it is: for messages only. Null: none answers. */
export async function claimedAt(url: string, timeoutMs: number): Promise<Health | null> {
  try {
    return await healthOf(url, { token: randomHex(32), timeoutMs });
  } catch (error) {
    return error instanceof Unproven ? error.health : null;
  }
}

export async function isHealthy(url: string): Promise<boolean> {
  return (await healthOf(url)) !== null;
}
