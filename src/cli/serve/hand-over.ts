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
 * Starts the daemon in place of those that hold its address or database. A daemon that a command started hands over
 * to one that a person starts, at the same address and with the same database; any other only with `replace`. Waiting
 * clients reconnect to this daemon; if a client starts another one first, that one hands over too. Throws who is
 * there, with what to do.
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
/** A holder of the database that has said nothing for so long was stopped or hangs. */
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
  if (found === null || found.state === "stranger") return null;
  return found.state === "shut" ? found.said.pid : found.health.pid;
}

function handsOver(found: Found, options: DaemonOptions): boolean {
  if (options.started === "demand" || found.state !== "answers" || found.said === null) return false;
  const { started, database } = found.said;
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
