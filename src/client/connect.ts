import { isAbsolute } from "node:path";
import { CordError, messageOf } from "../core/error.ts";
import { isLoopback } from "../core/address.ts";
import { shellWord } from "../core/shell-word.ts";
import { plain } from "../core/text.ts";
import { answered } from "./connection/answered.ts";
import { createClient, type Client } from "./client.ts";
import type { Health } from "./daemon/health.ts";
import { daemonUrl } from "./paths.ts";
import { noticeDaemons } from "./daemon/notices.ts";
import { Unproven } from "./connection/proof.ts";
import { reach } from "./connection/reach.ts";
import { tellOfSilence } from "./daemon/silence.ts";
import { spawnDaemon, type Ended, type Starting } from "./daemon/spawn.ts";
import { randomHex } from "../system/secret.ts";
import { callerToken } from "./token.ts";

/** A daemon that was started on demand goes when nobody has needed it for this long. */
export const idleExitSeconds = 900;
const startWithinMs = 10_000;

/** A client of the daemon at a URL; one that is not there is started, if the URL is of this machine. */
export async function connect(given?: string): Promise<Client> {
  const url = daemonUrl(given);
  noticeDaemons(process.env, (line) => process.stderr.write(`${line}\n`));
  return createClient({ url, token: callerToken(), revive: startedAt });
}

/**
 * The same for a command that outlives daemons: it finds its daemon where that listens next, and tells when it has to wait
 * for it.
 */
export async function connectForLong(
  given: string | undefined,
  tell: (line: string) => void,
): Promise<Client> {
  const url = daemonUrl(given);
  noticeDaemons(process.env, tell);
  return createClient({ url, token: callerToken(), revive: findDaemon, watch: tellOfSilence(tell) });
}

/** For a client that calls a daemon at one URL, whichever has that: starts one where there is none. */
async function startedAt(url: string, why: unknown): Promise<string> {
  if (why instanceof CordError) throw why;
  await ensureDaemon(url);
  return url;
}

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
 * Remembers which database and vault the daemon at the URL has: should one have to be started in its place, it goes on
 * with the same. For commands that outlive a daemon.
 */
export async function rememberDaemon(url: string): Promise<void> {
  const health = await healthOf(url).catch(() => null);
  if (health && isAbsolute(health.database)) remembered.set(url, health);
}

const remembered = new Map<string, Health>();

/**
 * The URL of the daemon that has the database of the one which was remembered at a URL: where that was; else where it
 * says that it listens now; else where it was, started anew. Throws in one sentence what is in the way: `unavailable` when
 * that may pass, `failed` when it cannot.
 */
export async function findDaemon(url: string): Promise<string> {
  const kept = remembered.get(url);
  const problem = await problemAt(url, kept?.database);
  if (problem !== "nobody") endedAt.delete(url);
  if (problem === null) return url;
  const { announcedOf } = await import("../system/announcement.ts");
  const said = kept && isStartable(url) ? announcedOf(kept.database) : null;
  if (kept && said && said.url !== url && (await problemAt(said.url, kept.database)) === null) {
    remembered.set(said.url, kept);
    return said.url;
  }
  if (problem !== "nobody") throw problem;
  if (kept && said === null) leaveRoom(url);
  await ensureDaemon(url);
  return url;
}

/** A daemon that was ended, and did not die, may be about to get a successor elsewhere. Throws `unavailable` for a moment. */
function leaveRoom(url: string): void {
  const since = endedAt.get(url) ?? performance.now();
  endedAt.set(url, since);
  if (performance.now() - since < roomMs)
    throw new CordError(
      "unavailable",
      `The cord daemon at ${url} was ended. One is started again in a moment.`,
    );
}

const endedAt = new Map<string, number>();
const roomMs = 3000;

/** Why the daemon with a database cannot be asked at a URL. Null: it can. */
async function problemAt(url: string, database: string | undefined): Promise<CordError | "nobody" | null> {
  try {
    const health = await healthOf(url, { withinMs: lookMs });
    if (health === null) return "nobody";
    if (database === undefined || health.database === database) return null;
    const other = `The daemon at ${url} has the database ${plain(health.database)} now. This needs the one with ${database}: cord serve --db ${shellWord(database)}`;
    return new CordError("unavailable", other);
  } catch (error) {
    return new CordError("unavailable", messageOf(error), { cause: error });
  }
}

/** One that hangs is looked at again later. */
const lookMs = 3000;

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
  const known = remembered.get(url);
  return [
    "--addr",
    `${hostname}:${port === "" ? "80" : port}`,
    "--idle-exit",
    String(idleExitSeconds),
    "--on-demand",
    ...(known === undefined ? [] : ["--db", known.database]),
    ...(known?.vault ? ["--vault", known.vault] : []),
  ];
}

const pollMs = 10;
const againMs = 50;
const mostAgainMs = 1000;
const mostKills = 3;

/** Whether a command that finds no daemon there starts one. */
export function isStartable(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return protocol === "http:" && isLoopback(hostname);
}

/**
 * The health of the daemon at the URL, once it has proved that it knows the token; null if nobody is there. Throws what
 * else answers there, in one sentence.
 */
export async function healthOf(
  url: string,
  { token = callerToken(), withinMs = usualMs }: { token?: string; withinMs?: number } = {},
): Promise<Health | null> {
  return answered({ url, ms: withinMs, isKnown: false }, (signal) => reach(url, token).look(signal));
}

const usualMs = 10_000;

/** What any daemon at the URL says of itself, whoever's it is: for messages only. Null: there is none that can be asked. */
export async function claimedAt(url: string, withinMs: number): Promise<Health | null> {
  try {
    return await healthOf(url, { token: randomHex(32), withinMs });
  } catch (error) {
    return error instanceof Unproven ? error.health : null;
  }
}

async function isHealthy(url: string): Promise<boolean> {
  return (await healthOf(url)) !== null;
}
