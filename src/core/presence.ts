/** How an agent that has been silent for a while is shown. */
export const freshnesses = ["active", "idle", "stale"] as const;
export type Freshness = (typeof freshnesses)[number];

const idleAfterMs = 15_000;
export const staleAfterMs = 60_000;

/** Active; idle after 15 s without a sign of life, stale after 60 s. */
export function freshness(silentMs: number): Freshness {
  if (silentMs < idleAfterMs) return "active";
  return silentMs < staleAfterMs ? "idle" : "stale";
}
