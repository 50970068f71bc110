import { engineLeaseMs } from "../../core/lease.ts";
import type { Moment } from "../../core/moment.ts";
import { beginPushAnew } from "./push-configs.ts";
import type { Tx } from "../store.ts";

/**
 * Deadlines are stored by the daemon's monotonic clock: milliseconds since the machine's boot, less the time in which
 * no daemon could serve. A new daemon first moves the deadlines of the one before it to its own clock. Within one
 * boot they continue where they were. After another boot nobody can tell how much time has passed, so every deadline
 * starts anew from now with its stored length. An empty boot id never equals another.
 */
export async function takeUpDeadlines(tx: Tx, boot: string, when: Moment): Promise<void> {
  const before = await tx.get<{ boot: string; behind: number }>("SELECT boot, behind FROM clock");
  if (before === null || boot === "" || before.boot !== boot) await beginAnew(tx, when);
  else if (before.behind !== 0) await moveOn(tx, before.behind);
  await tx.run(
    "UPDATE tasks SET lease_due = ? + lease_ms WHERE state = 'claimed' AND lease_due > ? + lease_ms",
    when.monotonic,
    when.monotonic,
  );
  await tx.run(
    "UPDATE reservations SET lease_due = ? + lease_ms WHERE lease_due > ? + lease_ms",
    when.monotonic,
    when.monotonic,
  );
  await tx.run(
    "UPDATE engines SET due = ? WHERE due > ?",
    when.monotonic + engineLeaseMs,
    when.monotonic + engineLeaseMs,
  );
  await noteClock(tx, boot, 0, when);
}

/** Writes down how far the monotonic clock is behind the time since the boot, and says anew when leases end by the wall clock. */
export async function noteClock(tx: Tx, boot: string, behind: number, when: Moment): Promise<void> {
  await tx.run("DELETE FROM clock");
  await tx.run("INSERT INTO clock (boot, behind) VALUES (?, ?)", boot, behind);
  await tx.run(
    "UPDATE tasks SET lease_until = lease_due + ? WHERE state = 'claimed'",
    when.now - when.monotonic,
  );
  await tx.run("UPDATE reservations SET until_at = lease_due + ?", when.now - when.monotonic);
}

async function moveOn(tx: Tx, milliseconds: number): Promise<void> {
  await tx.run("UPDATE tasks SET lease_due = lease_due + ? WHERE state = 'claimed'", milliseconds);
  await tx.run("UPDATE tasks SET answer_by = answer_by + ? WHERE answer_by IS NOT NULL", milliseconds);
  await tx.run("UPDATE reservations SET lease_due = lease_due + ?", milliseconds);
  await tx.run("UPDATE engines SET due = due + ?", milliseconds);
  await tx.run("UPDATE agents SET seen = seen + ?", milliseconds);
  await tx.run("UPDATE requests SET at = at + ?", milliseconds);
  await tx.run("UPDATE push_configs SET due = due + ?, give_up = give_up + ?", milliseconds, milliseconds);
}

/** How long agents have been silent is told by the wall clock then: it is only shown. */
async function beginAnew(tx: Tx, { now, monotonic }: Moment): Promise<void> {
  await tx.run("UPDATE tasks SET lease_due = ? + lease_ms WHERE state = 'claimed'", monotonic);
  await tx.run("UPDATE tasks SET answer_by = ? + answer_ms WHERE answer_by IS NOT NULL", monotonic);
  await tx.run("UPDATE reservations SET lease_due = ? + lease_ms", monotonic);
  await tx.run("UPDATE engines SET due = ?", monotonic + engineLeaseMs);
  await tx.run(
    "UPDATE agents SET seen = CASE WHEN last_seen < ? THEN ? - (? - last_seen) ELSE ? END",
    now,
    monotonic,
    now,
    monotonic,
  );
  await tx.run("UPDATE requests SET at = ?", monotonic);
  await beginPushAnew(tx, monotonic);
}
