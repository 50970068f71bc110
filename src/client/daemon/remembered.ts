import { isAbsolute } from "node:path";
import type { Health } from "./health.ts";
import { healthOf } from "./look.ts";

/**
 * Remembers which database and vault the daemon at the URL has: should one have to be started in its place, it goes on
 * with the same. For commands that outlive a daemon.
 */
export async function rememberDaemon(url: string): Promise<void> {
  const health = await healthOf(url).catch(() => null);
  if (health && isAbsolute(health.database)) remembered.set(url, health);
}

/** What is remembered of the daemon at a URL. */
export function rememberedAt(url: string): Health | undefined {
  return remembered.get(url);
}

/** It has moved: what was remembered of it goes for its new URL too. */
export function alsoAt(url: string, health: Health): void {
  remembered.set(url, health);
}

const remembered = new Map<string, Health>();
