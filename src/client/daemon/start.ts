import { hostAndPort } from "../../core/address.ts";
import { defaults } from "../../core/limits.ts";
import { CordError } from "../../core/error.ts";
import { isStartable } from "../paths.ts";
import type { Health } from "./health.ts";
import { isHealthy } from "./look.ts";
import { spawnDaemon, type Ended, type Starting } from "./spawn.ts";

const startTimeoutMs = 10_000;

/**
 * Resolves when a daemon answers at the URL. Starts one if there is none and the URL is on this machine; concurrent
 * calls in one process start only one. `lost`: the daemon that was there; the new one gets its database and vault.
 */
export function ensureDaemon(url: string, lost: Health | null = null): Promise<void> {
  const known = underWay.get(url);
  if (known) return known;
  const started = startIfGone(url, lost).finally(() => underWay.delete(url));
  underWay.set(url, started);
  return started;
}

const underWay = new Map<string, Promise<void>>();

/**
 * If two race to start a daemon, the loser's daemon refuses and the winner's is soon there. If that one is killed
 * before it is up, the loser starts another.
 */
async function startIfGone(url: string, lost: Health | null): Promise<void> {
  if (await isHealthy(url)) return;
  if (!isStartable(url)) {
    throw new CordError(
      "unavailable",
      `No cord daemon answers at ${url}. Start one there with "cord serve".`,
    );
  }
  const deadline = performance.now() + startTimeoutMs;
  let [kills, pauseMs, reason] = [0, retryMs.min, ""];
  for (;;) {
    const starting = spawnDaemon(flagsFor(url, lost));
    const outcome = await upOrEnded(url, starting, deadline);
    if (outcome === null) return;
    if (outcome === "killed") kills += 1;
    if (outcome === "late" || outcome === "refused" || outcome === "hopeless" || kills > maxKills) {
      const code = outcome === "hopeless" ? "failed" : "unavailable";
      throw new CordError(code, `${endings[outcome](url)} ${reason || starting.said()}`);
    }
    if (outcome !== "later") continue;
    reason = starting.said();
    await Bun.sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, retryMs.max);
  }
}

const endings: Readonly<Record<Ended | "late", (url: string) => string>> = {
  killed: (url) => `The daemon for ${url} is killed whenever it is started.`,
  later: (url) => `The daemon for ${url} could not be started:`,
  refused: (url) => `The daemon for ${url} could not be started:`,
  hopeless: (url) => `The daemon for ${url} could not be started:`,
  late: (url) => `The daemon for ${url} did not come up within ${startTimeoutMs / 1000} s.`,
};

/** Null once a daemon answers: this one, or the one that was quicker. */
async function upOrEnded(url: string, starting: Starting, deadline: number): Promise<Ended | "late" | null> {
  for (;;) {
    const ended = starting.ended();
    if (await isHealthy(url)) return null;
    if (ended !== null && ended !== "later") return ended;
    if (performance.now() >= deadline) return "late";
    if (ended !== null) return ended;
    await Bun.sleep(pollMs);
  }
}

function flagsFor(url: string, lost: Health | null): string[] {
  return [
    "--addr",
    hostAndPort(url),
    "--idle-exit",
    String(defaults.idleExitSeconds),
    "--on-demand",
    ...(lost === null ? [] : ["--db", lost.database]),
    ...(lost === null || lost.vault === null ? [] : ["--vault", lost.vault]),
  ];
}

const pollMs = 10;
/** between two starts, when what was in the way of the first is about to go; it doubles */
const retryMs = { min: 50, max: 1000 };
const maxKills = 3;
