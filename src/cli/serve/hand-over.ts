import { claimedAt } from "../../client/daemon/look.ts";
import { endDaemon } from "../../client/daemon/ending.ts";
import { foundAt, foundSilent, foundWith, type Found } from "../../client/daemon/found.ts";
import { Unproven } from "../../client/connection/proof.ts";
import { CordError } from "../../core/error.ts";
import { startDaemon, type Daemon, type DaemonOptions } from "../../server/daemon.ts";
import { AddressTaken, DatabaseTaken } from "../../server/taken.ts";
import { calledAt, twinsOf } from "./address.ts";
import { refusalOf, secondOf } from "./refusal.ts";

/**
 * Starts the daemon in the place of those that stand in its way. One that a command has started, at the same address and
 * with the same database, hands over to one that a person starts; any other only with `replace`. Clients that wait come
 * back to this one: should one of theirs be quicker, it hands over too. Throws who stands there, with what to do.
 */
export async function startInPlace(options: DaemonOptions, replace: boolean): Promise<Daemon> {
  const began = performance.now();
  for (;;) {
    const handedOver = await clearTheWay(options, replace);
    try {
      return startDaemon(options);
    } catch (error) {
      const isTaken = error instanceof AddressTaken || error instanceof DatabaseTaken;
      if (!isTaken) throw error;
      const mayPass = options.started === "hand" || replace || handedOver;
      const elapsed = performance.now() - began;
      if (!mayPass || elapsed > timeoutMs || !(await isOfCord(options, error)))
        throw await namedWell(options, error);
      if (replace && elapsed > silentMs) await endSilent(options.database);
      await Bun.sleep(retryMs);
    }
  }
}

const timeoutMs = 10_000;
const retryMs = 20;
/** Whoever holds the database and has said nothing for so long has been stopped, or hangs. */
const silentMs = 3000;

async function endSilent(database: string): Promise<void> {
  const holder = foundSilent(database);
  if (holder !== null) await endDaemon(holder);
}

/** Ends what stands in the way and may be ended. True if there was anything. */
async function clearTheWay(options: DaemonOptions, replace: boolean): Promise<boolean> {
  const inTheWay = await standing(options);
  for (const found of inTheWay) {
    // what is no daemon at all is named when the port turns out to be taken
    if (found.state === "stranger" && !(found.problem instanceof Unproven)) continue;
    if (!replace && !handsOver(found, options)) throw refusalOf(found, options);
    await endDaemon(found);
  }
  return inTheWay.length > 0;
}

/** Whoever listens at the address, and whoever has the database: usually the same one. */
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
  if (found === null || found.state === "stranger") return null;
  return found.state === "shut" ? found.said.pid : found.health.pid;
}

function handsOver(found: Found, options: DaemonOptions): boolean {
  if (options.started === "demand" || found.state !== "answers" || found.said === null) return false;
  const { started, database } = found.said;
  return started === "demand" && database === options.database && found.url === calledAt(options);
}

/** What took the place meanwhile is a daemon that is going, or that may be asked to. */
async function isOfCord(options: DaemonOptions, error: AddressTaken | DatabaseTaken): Promise<boolean> {
  if (error instanceof DatabaseTaken) return true;
  return (await claimedAt(calledAt(options), twinMs)) !== null;
}

/** Of two that start at once the later finds the place taken only now, and is told by whom. */
async function namedWell(options: DaemonOptions, error: CordError): Promise<CordError> {
  const [found] = await standing(options);
  return found === undefined || found.state === "stranger" ? error : refusalOf(found, options);
}
