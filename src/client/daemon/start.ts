import { defaults } from "../../core/limits.ts";
import { CordError } from "../../core/error.ts";
import { isStartable } from "../paths.ts";
import { isHealthy } from "./look.ts";
import { rememberedAt } from "./remembered.ts";
import { spawnDaemon, type Ended, type Starting } from "./spawn.ts";

const startWithinMs = 10_000;

/**
 * Resolves once a daemon answers at the URL. Starts one if there is none and the URL is of this machine; the calls of
 * one process that find it gone at once start one together, not one each.
 */
export function ensureDaemon(url: string): Promise<void> {
  const known = underWay.get(url);
  if (known) return known;
  const started = startIfGone(url).finally(() => underWay.delete(url));
  underWay.set(url, started);
  return started;
}

const underWay = new Map<string, Promise<void>>();

/**
 * Of two that race to start one the loser's daemon refuses, and the winner's is soon there; should that one be killed
 * before it is up, the loser starts another.
 */
async function startIfGone(url: string): Promise<void> {
  if (await isHealthy(url)) return;
  if (!isStartable(url)) {
    throw new CordError(
      "unavailable",
      `No cord daemon answers at ${url}. Start one there with "cord serve".`,
    );
  }
  const deadline = performance.now() + startWithinMs;
  let [kills, pause, reason] = [0, againMs, ""];
  for (;;) {
    const starting = spawnDaemon(flagsFor(url));
    const outcome = await upOrEnded(url, starting, deadline);
    if (outcome === null) return;
    if (outcome === "killed") kills += 1;
    if (outcome === "late" || outcome === "refused" || outcome === "hopeless" || kills > mostKills) {
      const code = outcome === "hopeless" ? "failed" : "unavailable";
      throw new CordError(code, `${endings[outcome](url)} ${reason || starting.said()}`);
    }
    if (outcome !== "later") continue;
    reason = starting.said();
    await Bun.sleep(pause);
    pause = Math.min(pause * 2, mostAgainMs);
  }
}

const endings: Readonly<Record<Ended | "late", (url: string) => string>> = {
  killed: (url) => `The daemon for ${url} is killed whenever it is started.`,
  later: (url) => `The daemon for ${url} could not be started:`,
  refused: (url) => `The daemon for ${url} could not be started:`,
  hopeless: (url) => `The daemon for ${url} could not be started:`,
  late: (url) => `The daemon for ${url} did not come up within ${startWithinMs / 1000} s.`,
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

function flagsFor(url: string): string[] {
  const { hostname, port } = new URL(url);
  const known = rememberedAt(url);
  return [
    "--addr",
    `${hostname}:${port === "" ? "80" : port}`,
    "--idle-exit",
    String(defaults.idleExitSeconds),
    "--on-demand",
    ...(known === undefined ? [] : ["--db", known.database]),
    ...(known?.vault ? ["--vault", known.vault] : []),
  ];
}

const pollMs = 10;
const againMs = 50;
const mostAgainMs = 1000;
const mostKills = 3;
