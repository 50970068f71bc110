import { afterAwake } from "../../system/awake-timer.ts";
import { environment } from "../../system/environment.ts";
import type { Service } from "../../core/about.ts";
import { addressOf } from "../../core/address.ts";
import { messageOf } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import { version } from "../../core/version.ts";
import { createClient } from "../client.ts";
import { isStartable, tokenFile } from "../paths.ts";
import { daemonToken } from "../token.ts";
import { restartAt } from "./fixes.ts";
import { endingMs, foundAt, seemsEnding, type Found } from "./found.ts";
import type { Health } from "./health.ts";
import { healthOf } from "./look.ts";
import { isOlder } from "./notices.ts";
import { restartLine, restartService, startsThisProgram } from "./service.ts";
import { howEnded, startSuccessor } from "./successor.ts";

/**
 * A program that meets a daemon of an older version puts one of its own in its place, before it asks it anything. The new
 * one starts beside it and has it end; leases and waits are in the database, and clients reconnect. Only the newer replaces
 * the older, so two versions in use at once end with the newer. What a service runs is its manager's to start anew.
 */

/**
 * Resolves once the daemon at the URL is no older than this program, or stays. A person is told by `tell`, in one line, of
 * one that stays: with that the program works on. A crash in between leaves the old daemon, or none: then one is started.
 */
export function renewDaemon(url: string, health: Health, tell: (line: string) => void): Promise<void> {
  const known = underWay.get(url);
  if (known) return known;
  const times = renewals.get(url) ?? 0;
  if (times >= maxRenewals) return Promise.resolve();
  renewals.set(url, times + 1);
  const renewed = renewOrTell(url, health, tell).finally(() => underWay.delete(url));
  underWay.set(url, renewed);
  return renewed;
}

async function renewOrTell(url: string, health: Health, tell: (line: string) => void): Promise<void> {
  const why = await renew(url, health);
  if (why === null) return;
  renewals.set(url, maxRenewals);
  tell(`cord: ${why}`);
}

const underWay = new Map<string, Promise<void>>();
/** by address: a process of an older version may start an old one again, after a crash */
const renewals = new Map<string, number>();
const maxRenewals = 3;

/** Null: it is renewed, or gone. Else why it stays, in words for a person. */
async function renew(url: string, health: Health): Promise<string | null> {
  const named = `the daemon at ${url}${health.pid === null ? "" : ` (pid ${health.pid})`} is version ${plain(health.version)}, and this is ${version}.`;
  const across = `Waits, leases and runs go on across: ${restartAt(url)}`;
  if (!isStartable(url)) return `${named} ${across}`;
  try {
    const found = await foundHere(url, health.database);
    if (found === null || (found.state === "answers" && !isOlder(found.health.version))) return null;
    const service = found.state === "answers" ? (found.said?.service ?? null) : null;
    if (service !== null) return await renewService(url, service, named);
    if (!isReplaceable(found)) return (await olderAt(url)) === null ? null : `${named} ${across}`;
    const failure = await replace(found);
    return failure === null ? null : `${named} A new one ${failure} ${across}`;
  } catch (error) {
    // another program may have replaced it meanwhile
    if ((await olderAt(url)) === null) return null;
    return `${named} It could not be replaced: ${messageOf(error)} ${across}`;
  }
}

/** Its manager starts it anew, if that brings this program; else a person has to see to that. */
async function renewService(url: string, service: Service, named: string): Promise<string | null> {
  const runs = `It is run by ${service.manager} as ${plain(service.name)}`;
  const line = restartLine(service);
  if (!startsThisProgram(service))
    return `${named} ${runs}, from ${plain(service.program)}, which is another program. Update that, then: ${line}`;
  if (!service.of_user || environment.CORD_TOKEN) return `${named} ${runs}. To start it anew: ${line}`;
  restartService(service);
  const isNew = await untilNew(url, () => false);
  return isNew
    ? null
    : `${named} ${runs}, which was told to start it anew, and no newer one has come up: ${line}`;
}

/** Null: no daemon answers, or one that is no older than this program. */
async function olderAt(url: string): Promise<Health | null> {
  const health = await healthOf(url).catch(() => null);
  return health !== null && isOlder(health.version) ? health : null;
}

/** One that is ending is replaced by another program, which is found then. */
async function foundHere(url: string, database: string): Promise<Found | null> {
  const time = { isOver: false };
  const stop = afterAwake(endingMs, () => (time.isOver = true));
  try {
    for (;;) {
      const found = await foundAt(url, database);
      if (!seemsEnding(found) || time.isOver) return found;
      await Bun.sleep(pollMs);
    }
  } finally {
    stop();
  }
}

/** Only one of this user's, on this machine, with this user's token, whose database outlives it. */
function isReplaceable(found: Found | null): found is Extract<Found, { state: "answers" }> {
  if (found?.state !== "answers" || found.said === null || environment.CORD_TOKEN) return false;
  const { url, database, tokenFile: itsToken } = found.said;
  // something may pass calls on to it from another port, which is not its own to listen at
  const isItsOwn = addressOf(url).port === addressOf(found.url).port;
  return isItsOwn && itsToken === tokenFile() && database !== ":memory:";
}

/**
 * Null: one of this version, or of a newer, is there. Else what became of the successor. One that a person has started in a
 * terminal is told there who goes on; its successor stays as it would have, and goes for the next that a person starts.
 */
async function replace({ url }: Extract<Found, { state: "answers" }>): Promise<string | null> {
  const settings = await createClient({ url, token: daemonToken() }).call("daemon/describe", {});
  const starting = startSuccessor({ ...settings, started: "demand" }, "older");
  return (await untilNew(url, () => starting.ended() !== null)) ? null : howEnded(starting);
}

/** Resolves once a daemon answers that is no older than this program: true. False: in time, or until it is over, none does. */
async function untilNew(url: string, isOver: () => boolean): Promise<boolean> {
  const time = { isUp: false };
  const stop = afterAwake(upWithinMs, () => (time.isUp = true));
  try {
    for (;;) {
      const isLast = isOver() || time.isUp;
      const health = await healthOf(url).catch(() => null);
      if (health !== null && !isOlder(health.version)) return true;
      if (isLast) return false;
      await Bun.sleep(pollMs);
    }
  } finally {
    stop();
  }
}

/** Within this it has also brought a large database to its own schema. */
const upWithinMs = 25_000;
const pollMs = 10;
