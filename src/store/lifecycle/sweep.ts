import type { Moment } from "../../core/moment.ts";
import { expireEngines, isEngineDue } from "../tables/engines.ts";
import { dueAsks } from "../tables/nodes.ts";
import { forgetInbox } from "../tables/inbox.ts";
import { forgetPush } from "../tables/push-configs.ts";
import { forgetRequests } from "../tables/requests.ts";
import { areReservationsDue, lapsingHolders, renewReservations } from "../tables/reservations.ts";
import { forgetTabs } from "../tables/tabs.ts";
import type { Store, Tx } from "../store.ts";
import { removeInSteps } from "./remove-run.ts";
import { expireReservations } from "./reservations.ts";
import { answerTask, expireTask } from "./transitions.ts";
import { getTask } from "../tables/ids.ts";
import { asNode, questionOf } from "../tables/node-row.ts";
import type { TaskRow } from "../tables/task-row.ts";
import type { Actor } from "../../core/words.ts";

const sweptAtOnce = 500;

/**
 * Expires leases of tasks and of files, forgets engines that are gone, and answers unanswered questions with their defaults. Writes only
 * when there is something to write.
 */
export async function sweep(store: Store, when: Moment): Promise<void> {
  if (!(await store.read((tx) => isDue(tx, when)))) return;
  await store.write(async (tx) => {
    await expireLeases(tx, when, sweptAtOnce);
    await answerDueAsks(tx, when, sweptAtOnce);
    await expireEngines(tx, when, sweptAtOnce);
    await expireReservations(tx, when, sweptAtOnce);
  });
}

/** Tasks whose lease has ended, given back. */
export async function expireLeases(tx: Tx, { now, monotonic }: Moment, limit: number): Promise<TaskRow[]> {
  const rows = await tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE state = 'claimed' AND lease_due <= ? ORDER BY lease_due LIMIT ?",
    monotonic,
    limit,
  );
  const expired: TaskRow[] = [];
  for (const { id } of rows) {
    // read again: the end of one before it may have ended it too
    const row = await getTask(tx, id);
    if (row.state === "claimed") expired.push(await expireTask(tx, row, now));
  }
  return expired;
}

/** Takes the defaults of asks that nobody has answered in time. */
async function answerDueAsks(tx: Tx, { now, monotonic }: Moment, limit: number): Promise<void> {
  for (const { id } of await dueAsks(tx, monotonic, limit)) {
    const row = asNode(await getTask(tx, id));
    if (row.state === "pending") await answerTask(tx, row, questionOf(row)?.default ?? "", byDefault, now);
  }
}

const byDefault: Actor = "default";

/** Begins the leases of files anew of which half is over, of those who are there. */
export async function renewHeldFiles(
  store: Store,
  when: Moment,
  isOpen: (agent: string) => boolean,
): Promise<void> {
  const holders = (await store.read((tx) => lapsingHolders(tx, when.monotonic))).filter(isOpen);
  if (holders.length > 0) await store.write((tx) => renewReservations(tx, holders, when));
}

/** Removes what is kept for a while only, and goes on with runs that were to be removed. */
export async function forget(store: Store, { now, monotonic }: Moment): Promise<void> {
  await store.write(async (tx) => {
    await forgetRequests(tx, monotonic);
    await forgetPush(tx, monotonic);
    await forgetTabs(tx, now);
  });
  while (await store.write((tx) => forgetInbox(tx, now)));
  while ((await removeInSteps(store, null, stepsAtOnce)).more);
}

const stepsAtOnce = 100;

/** Whether anybody has a lease, of a task or of files: a daemon that has gone would keep nobody else off. */
export async function isAnythingHeld(tx: Tx): Promise<boolean> {
  const claim = await tx.get("SELECT 1 FROM tasks WHERE state = 'claimed' LIMIT 1");
  return claim !== null || (await tx.get("SELECT 1 FROM reservations LIMIT 1")) !== null;
}

async function isDue(tx: Tx, { monotonic }: Moment): Promise<boolean> {
  const lease = await tx.get(
    "SELECT 1 FROM tasks WHERE state = 'claimed' AND lease_due <= ? LIMIT 1",
    monotonic,
  );
  const ask = await tx.get(
    "SELECT 1 FROM tasks WHERE answer_by IS NOT NULL AND state = 'pending' AND answer_by <= ? LIMIT 1",
    monotonic,
  );
  if (lease !== null || ask !== null) return true;
  return (await isEngineDue(tx, monotonic)) || (await areReservationsDue(tx, monotonic));
}
