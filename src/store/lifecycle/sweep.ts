import type { Moment } from "../../core/moment.ts";
import { expireEngines, isEngineDue } from "../tables/engines.ts";
import { answerDueAsks } from "../tables/nodes.ts";
import { forgetRequests } from "../tables/requests.ts";
import type { Store, Tx } from "../store.ts";
import { expireLeases } from "./transitions.ts";

const sweptAtOnce = 500;

/** Ends the leases whose time has come, forgets engines that are gone, and takes the defaults of unanswered asks; writes only when there is something to write. */
export async function sweep(store: Store, when: Moment): Promise<void> {
  if (!(await store.read((tx) => isDue(tx, when)))) return;
  await store.write(async (tx) => {
    await expireLeases(tx, when, sweptAtOnce);
    await answerDueAsks(tx, when, sweptAtOnce);
    await expireEngines(tx, when, sweptAtOnce);
  });
}

/** Removes what is kept for a day only. */
export function forget(store: Store, monotonic: number): Promise<void> {
  return store.write((tx) => forgetRequests(tx, monotonic));
}

export async function anyClaimed(tx: Tx): Promise<boolean> {
  return (await tx.get("SELECT 1 FROM tasks WHERE state = 'claimed' LIMIT 1")) !== null;
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
  return lease !== null || ask !== null || (await isEngineDue(tx, monotonic));
}
