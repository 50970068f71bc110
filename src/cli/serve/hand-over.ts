import { claimedAt } from "../../client/daemon/look.ts";
import { endDaemon } from "../../client/daemon/ending.ts";
import {
  endingMs,
  foundAt,
  foundSilent,
  foundWith,
  seemsEnding,
  type Found,
} from "../../client/daemon/found.ts";
import { isNewer, isOlder } from "../../client/daemon/notices.ts";
import type { Replaceable } from "../../client/daemon/successor.ts";
import { Unproven } from "../../client/connection/proof.ts";
import { CordError } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import { version } from "../../core/version.ts";
import { startDaemon, type Daemon, type DaemonOptions } from "../../server/daemon.ts";
import { refuseTakeOver } from "../../server/take-over.ts";
import { AddressTaken, DatabaseTaken } from "../../server/taken.ts";
import { tell } from "../output.ts";
import { calledAt, twinsOf } from "./address.ts";
import { refusalOf, secondOf } from "./refusal.ts";

/**
 * Starts the daemon in place of those that hold its address or database. A daemon that a command started hands over
 * to one that a person starts, at the same address and with the same database; any other only if `replace` says so. Waiting
 * clients reconnect to this daemon; if a client starts another one first, that one hands over too. Throws who is
 * there, with what to do.
 */
export async function startInPlace(options: DaemonOptions, replace: Replaceable | null): Promise<Daemon> {
  const began = performance.now();
  const ended = new Set<string>();
  for (;;) {
    const before = ended.size;
    const isEarly = performance.now() - began < endingMs;
    for (const found of await clearTheWay(options, replace, isEarly)) ended.add(nameOf(found));
    const handedOver = ended.size > before;
    try {
      const daemon = startDaemon(options);
      if (replace === "older") for (const name of ended) tell(`cord serve: took the place of ${name}.`);
      return daemon;
    } catch (error) {
      const isTaken = error instanceof AddressTaken || error instanceof DatabaseTaken;
      if (!isTaken) throw error;
      const mayPass = options.started === "hand" || replace !== null || handedOver;
      const elapsed = performance.now() - began;
      if (!mayPass || elapsed > timeoutMs || !(await isOfCord(options, error)))
        throw await namedWell(options, error);
      if (replace === "any" && elapsed > silentMs) await endSilent(options.database);
      await Bun.sleep(retryMs);
    }
  }
}

const timeoutMs = 10_000;
const retryMs = 20;
/** A holder of the database that has said nothing for so long was stopped or hangs. */
const silentMs = 3000;

async function endSilent(database: string): Promise<void> {
  const holder = foundSilent(database);
  if (holder !== null) await endDaemon(holder);
}

/**
 * Ends what stands in the way and may be ended, and tells what stood there. `isEarly`: one that seems to be ending, since another
 * program is replacing it, may yet be gone at the next look.
 */
async function clearTheWay(
  options: DaemonOptions,
  replace: Replaceable | null,
  isEarly: boolean,
): Promise<Found[]> {
  const ended: Found[] = [];
  for (const found of await standing(options)) {
    // what is no daemon at all is named when the port turns out to be taken
    if (found.state === "stranger" && !(found.problem instanceof Unproven)) continue;
    if (!isReplaceable(found, replace) && !handsOver(found, options)) {
      if (isEarly && seemsEnding(found)) continue;
      throw refusalOf(found, options);
    }
    if (replace === "older") refuseTakeOver(options.database);
    await endDaemon(found, version);
    ended.push(found);
  }
  return ended;
}

/** The daemon at the address, and the one that has the database: usually the same. */
async function standing(options: DaemonOptions): Promise<Found[]> {
  const url = calledAt(options);
  const [here, holder] = [
    options.port === 0 ? null : await foundAt(url, options.database),
    await foundWith(options.database),
  ];
  for (const twin of options.port === 0 ? [] : twinsOf(options)) {
    const health = await claimedAt(twin, twinMs);
    if (health !== null && health.pid !== pidOf(here)) throw secondOf(twin, health);
  }
  if (here === null || holder === null) return [here ?? holder].filter((found) => found !== null);
  return pidOf(here) === pidOf(holder) ? [here] : [here, holder];
}

const twinMs = 1000;

function pidOf(found: Found | null): number | null {
  return found === null || found.state === "stranger" ? null : saidBy(found).pid;
}

/** Of two newer programs that meet an older daemon at once, the later one finds the other's daemon here, and leaves it. */
function isReplaceable(found: Found, replace: Replaceable | null): boolean {
  if (replace !== "older") return replace === "any";
  return found.state === "older" || (found.state !== "stranger" && isOlder(saidBy(found).version));
}

/** What a daemon said of itself, by the way on which it is known. */
function saidBy(found: Exclude<Found, { state: "stranger" }>): { pid: number | null; version: string } {
  return found.state === "shut" ? found.said : found.health;
}

function nameOf(found: Found): string {
  if (found.state === "stranger") return found.url;
  const { pid, version } = saidBy(found);
  return `cord ${plain(version)} (pid ${pid ?? "unknown"})`;
}

function handsOver(found: Found, options: DaemonOptions): boolean {
  if (options.started === "demand" || found.state !== "answers" || found.said === null) return false;
  const { started, database } = found.said;
  if (isNewer(found.health.version)) return false;
  return started === "demand" && database === options.database && found.url === calledAt(options);
}

/** Whether the address was taken by a daemon of cord, which is ending or may be asked to end. */
async function isOfCord(options: DaemonOptions, error: AddressTaken | DatabaseTaken): Promise<boolean> {
  if (error instanceof DatabaseTaken) return true;
  return (await claimedAt(calledAt(options), twinMs)) !== null;
}

/** Of two daemons that start at once, the later one finds the address taken only now, and is told by whom. */
async function namedWell(options: DaemonOptions, error: CordError): Promise<CordError> {
  const [found] = await standing(options);
  return found === undefined || found.state === "stranger" ? error : refusalOf(found, options);
}
