import { z } from "zod";
import { tryParseJson } from "../../core/json.ts";
import { limits } from "../../core/limits.ts";
import type { Reservation } from "../../core/reservation.ts";
import type { ReservationMode } from "../../core/tab.ts";
import type { Tx } from "../store.ts";
import { numberOf } from "./one-row.ts";
import { time } from "./time.ts";

/** A reservation of files. lease_due is by the daemon's monotonic clock, until_at the same by the wall clock, for people. */
export interface ReservationRow {
  id: string;
  project: string | null;
  agent: string;
  /** the top of the checkout, without links */
  folder: string;
  /** JSON: patterns from there */
  patterns: string;
  shared: number;
  reason: string | null;
  mode: ReservationMode;
  /** JSON: agents that were refused because of it, who hear of its end; null: none */
  refused: string | null;
  /** counts how often its agent reserved the same again */
  epoch: number;
  lease_ms: number;
  lease_due: number;
  until_at: number;
  created_at: number;
}

export async function putReservation(tx: Tx, row: ReservationRow): Promise<void> {
  await tx.run(
    `INSERT INTO reservations (id, project, agent, folder, patterns, shared, reason, mode, refused, epoch, lease_ms, lease_due, until_at, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET shared = excluded.shared, reason = excluded.reason, mode = excluded.mode, epoch = excluded.epoch,
       lease_ms = excluded.lease_ms, lease_due = excluded.lease_due, until_at = excluded.until_at`,
    row.id,
    row.project,
    row.agent,
    row.folder,
    row.patterns,
    row.shared,
    row.reason,
    row.mode,
    row.refused,
    row.epoch,
    row.lease_ms,
    row.lease_due,
    row.until_at,
    row.created_at,
  );
}

/** Those that hold now in one of these folders, the oldest first. */
export function reservationsIn(
  tx: Tx,
  folders: readonly string[],
  monotonic: number,
): Promise<ReservationRow[]> {
  return tx.all<ReservationRow>(
    `SELECT * FROM reservations WHERE folder IN (SELECT value FROM json_each(?)) AND lease_due > ?
     ORDER BY created_at, id`,
    JSON.stringify(folders),
    monotonic,
  );
}

export function reservationsOf(tx: Tx, agent: string): Promise<ReservationRow[]> {
  return tx.all<ReservationRow>("SELECT * FROM reservations WHERE agent = ? ORDER BY created_at, id", agent);
}

export function reservationNamed(tx: Tx, id: string): Promise<ReservationRow[]> {
  return tx.all<ReservationRow>(
    "SELECT * FROM reservations WHERE id >= ? AND id < ? ORDER BY id LIMIT 2",
    id,
    `${id}\u{10ffff}`,
  );
}

/** Those that hold now, of a project, an agent or a checkout where these are given; the oldest first. */
export function listReservations(
  tx: Tx,
  {
    project,
    agent,
    folder,
  }: { project?: string | undefined; agent?: string | undefined; folder?: string | undefined },
  monotonic: number,
): Promise<ReservationRow[]> {
  const conditions = ["lease_due > ?"];
  const values: (string | number)[] = [monotonic];
  const require = (condition: string, value: string | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  require("(project = ? OR project IS NULL)", project);
  require("agent = ?", agent);
  require("folder = ?", folder);
  return tx.all<ReservationRow>(
    `SELECT * FROM reservations WHERE ${conditions.join(" AND ")} ORDER BY created_at, id LIMIT ?`,
    ...values,
    limits.listed,
  );
}

export async function countReservations(tx: Tx, agent: string): Promise<{ ofAgent: number; all: number }> {
  return {
    ofAgent: await numberOf(tx, "SELECT count(*) AS n FROM reservations WHERE agent = ?", agent),
    all: await numberOf(tx, "SELECT count(*) AS n FROM reservations"),
  };
}

export async function removeReservation(tx: Tx, id: string): Promise<void> {
  await tx.run("DELETE FROM reservations WHERE id = ?", id);
}

export async function areReservationsDue(tx: Tx, monotonic: number): Promise<boolean> {
  return (await tx.get("SELECT 1 FROM reservations WHERE lease_due <= ? LIMIT 1", monotonic)) !== null;
}

/** Those whose lease has ended. */
export function dueReservations(tx: Tx, monotonic: number, limit: number): Promise<ReservationRow[]> {
  return tx.all<ReservationRow>(
    "SELECT * FROM reservations WHERE lease_due <= ? ORDER BY lease_due LIMIT ?",
    monotonic,
    limit,
  );
}

/** The agents of those of which half of the lease, or more, is over. */
export async function lapsingHolders(tx: Tx, monotonic: number): Promise<string[]> {
  const rows = await tx.all<{ agent: string }>(
    "SELECT DISTINCT agent FROM reservations WHERE lease_due > ? AND lease_due - lease_ms / 2 <= ?",
    monotonic,
    monotonic,
  );
  return rows.map(({ agent }) => agent);
}

/** Begins the leases of these agents anew, where half of one is over. */
export async function renewReservations(
  tx: Tx,
  agents: readonly string[],
  { now, monotonic }: { now: number; monotonic: number },
): Promise<void> {
  await tx.run(
    `UPDATE reservations SET lease_due = ? + lease_ms, until_at = ? + lease_ms
     WHERE agent IN (SELECT value FROM json_each(?)) AND lease_due > ? AND lease_due - lease_ms / 2 <= ?`,
    monotonic,
    now,
    JSON.stringify(agents),
    monotonic,
    monotonic,
  );
}

/** Keeps in mind that an agent was refused because of a reservation, as it stands now: it hears of its end. */
export async function noteRefused(tx: Tx, id: string, agent: string): Promise<void> {
  const row = await tx.get<ReservationRow>("SELECT * FROM reservations WHERE id = ?", id);
  const refused = row === null ? [] : refusedOf(row);
  if (refused.includes(agent) || refused.length >= maxRefused) return;
  await tx.run("UPDATE reservations SET refused = ? WHERE id = ?", JSON.stringify([...refused, agent]), id);
}

const maxRefused = 64;
const Texts = z.array(z.string()).catch([]);

export function refusedOf({ refused }: ReservationRow): string[] {
  return Texts.parse(tryParseJson(refused ?? "[]"));
}

export function patternsOf({ patterns }: Pick<ReservationRow, "patterns">): string[] {
  return Texts.parse(tryParseJson(patterns));
}

export function toReservation(row: ReservationRow): Reservation {
  return {
    id: row.id,
    agent: row.agent,
    paths: patternsOf(row),
    shared: row.shared === 1,
    ...(row.reason === null ? {} : { reason: row.reason }),
    epoch: row.epoch,
    until: time(row.until_at),
    folder: row.folder,
    mode: row.mode,
    ...(row.project === null ? {} : { project: row.project }),
    created_at: time(row.created_at),
  };
}
