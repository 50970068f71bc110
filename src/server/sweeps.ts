import { isDiskTrouble, messageOf } from "../core/error.ts";
import { noteClock, takeUpDeadlines } from "../store/tables/clock.ts";
import type { Store } from "../store/store.ts";
import { noteLapsing } from "../store/lifecycle/lapsing.ts";
import { forget, renewHeldFiles, sweep } from "../store/lifecycle/sweep.ts";
import type { DaemonClock } from "./clock.ts";
import { complain } from "./complaints.ts";

const sweepEveryMs = 250;
const noteEveryMs = 1000;
/** the shortest lease of files is a minute */
const renewEveryMs = 5000;
const forgetEveryMs = 3_600_000;
const forgetAfterMs = 60_000;

/** Brings the deadlines that are stored onto the daemon's clock. It is the store's first job, so nobody sees them before. */
export function takeUp(store: Store, clock: DaemonClock): void {
  const when = clock.moment();
  void store.write((tx) => takeUpDeadlines(tx, clock.boot, when)).catch(failed);
}

/**
 * Ends leases and takes the defaults of unanswered asks, within a second of their time, until the returned function is called. What
 * agents have reserved stays theirs while they are there.
 */
export function startSweeps(
  store: Store,
  clock: DaemonClock,
  isOpen: (agent: string) => boolean,
): () => void {
  const noteSteps = stepsNoted(store, clock);
  const goOn = standingInTrouble(store, clock);
  const often = setInterval(() => {
    if (clock.isStanding) return void goOn();
    void sweep(store, clock.moment()).catch(failed);
    void noteSteps().catch(failed);
  }, sweepEveryMs);
  const noting = setInterval(() => {
    if (!clock.isStanding) void noteLapsing(store, clock.moment()).catch(failed);
  }, noteEveryMs);
  const renewing = setInterval(() => {
    if (!clock.isStanding) void renewHeldFiles(store, clock.moment(), isOpen).catch(failed);
  }, renewEveryMs);
  const forgetOld = () => void forget(store, clock.moment()).catch(failed);
  const seldom = setInterval(forgetOld, forgetEveryMs);
  // many a daemon does not live for an hour
  const soon = setTimeout(forgetOld, forgetAfterMs);
  return () => {
    clearInterval(often);
    clearInterval(noting);
    clearInterval(renewing);
    clearInterval(seldom);
    clearTimeout(soon);
  };
}

/** Lets the clock stand while nothing can be written. What is returned tries whether it can, and lets it go on. */
function standingInTrouble(store: Store, clock: DaemonClock): () => Promise<void> {
  store.onTrouble(() => clock.stand(true));
  return async () => {
    try {
      await store.write((tx) => noteClock(tx, clock.boot, clock.behind(), clock.moment()));
      clock.stand(false);
    } catch (error) {
      failed(error);
    }
  };
}

/** The time since boot is told in whole seconds on some systems. */
const minStepMs = 1500;

/** Writes it down when the clocks have gone apart: after a gap, and when the wall clock was set. */
function stepsNoted(store: Store, clock: DaemonClock): () => Promise<void> {
  const apart = () => {
    const { now, monotonic } = clock.moment();
    return { behind: clock.behind(), ahead: now - monotonic };
  };
  let noted = apart();
  return async () => {
    const seen = apart();
    const step = Math.max(Math.abs(seen.behind - noted.behind), Math.abs(seen.ahead - noted.ahead));
    if (step < minStepMs) return;
    noted = seen;
    await store.write((tx) => noteClock(tx, clock.boot, seen.behind, clock.moment()));
  };
}

/** Of the disk's troubles the store tells by itself. */
function failed(error: unknown): void {
  if (!isDiskTrouble(error)) complain(`sweep: ${messageOf(error)}`);
}
