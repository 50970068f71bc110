import { CordError } from "../../core/error.ts";
import { tabBounds } from "../../core/limits.ts";
import type { Moment } from "../../core/moment.ts";
import { overlap, pathPattern, patternOf, type Effort, type Pattern } from "../../core/pattern.ts";
import type { ReservationMode } from "../../core/tab.ts";
import type { Tx } from "../store.ts";
import { appendAgentEvent } from "../tables/events.ts";
import {
  countReservations,
  dueReservations,
  noteRefused,
  patternsOf,
  putReservation,
  refusedOf,
  removeReservation,
  reservationsIn,
  type ReservationRow,
} from "../tables/reservations.ts";

/** What an agent wants to reserve, by patterns that are clean, in a checkout. */
export interface Wanted {
  id: string;
  project: string | null;
  agent: string;
  folder: string;
  patterns: readonly string[];
  ignoresCase: boolean;
  isShared: boolean;
  reason: string | null;
  mode: ReservationMode;
  leaseMs: number;
}

/** What stands in the way of a reservation. */
export interface Conflict {
  row: ReservationRow;
  /** which of the wanted patterns, and which of the other's */
  wanted: string;
  held: string;
}

/**
 * Reserves files, or what stands in the way: another's reservation that means one of the same paths, unless both are shared. Who
 * asks for what it has reserved already has its lease from now on, under the next epoch. Throws `limit` where there are too many.
 */
export async function reserveFiles(
  tx: Tx,
  wanted: Wanted,
  when: Moment,
): Promise<{ row: ReservationRow } | { conflict: Conflict }> {
  const rows = await reservationsIn(tx, [wanted.folder], when.monotonic);
  const conflict = conflictIn(rows, wanted);
  if (conflict !== null) {
    await noteRefused(tx, conflict.row.id, wanted.agent);
    return { conflict };
  }
  const patterns = JSON.stringify(wanted.patterns);
  const known = rows.find((row) => row.agent === wanted.agent && row.patterns === patterns);
  if (known === undefined) await requireRoom(tx, wanted.agent);
  const row: ReservationRow = {
    id: known?.id ?? wanted.id,
    project: wanted.project,
    agent: wanted.agent,
    folder: wanted.folder,
    patterns,
    shared: Number(wanted.isShared),
    reason: wanted.reason,
    mode: wanted.mode,
    refused: known?.refused ?? null,
    epoch: (known?.epoch ?? 0) + 1,
    lease_ms: wanted.leaseMs,
    lease_due: when.monotonic + wanted.leaseMs,
    until_at: when.now + wanted.leaseMs,
    created_at: known?.created_at ?? when.now,
  };
  await putReservation(tx, row);
  await appendAgentEvent(tx, subjectOf(row), when.now, {
    type: "files.reserved",
    data: covered(row, row.agent),
  });
  return { row };
}

/** In all that one call compares. Nobody's patterns hold up the store, or the daemon, for longer than some milliseconds. */
export const maxEffort = 2_000_000;

/** Throws `limit` where the patterns of a checkout are too hard to be compared. */
function conflictIn(
  rows: readonly ReservationRow[],
  { agent, patterns, ignoresCase, isShared }: Wanted,
): Conflict | null {
  const effort: Effort = { left: maxEffort };
  const ours = patterns.map((text) => patternOf(text, ignoresCase));
  for (const row of rows) {
    if (row.agent === agent || (isShared && row.shared === 1)) continue;
    for (const theirs of compiled(row, ignoresCase)) {
      const met = ours.find((one) => overlap(one, theirs, effort));
      if (met !== undefined) return { row, wanted: met.text, held: theirs.text };
      if (effort.left < 0) throw tooHard();
    }
  }
  return null;
}

function tooHard(): CordError {
  return new CordError(
    "limit",
    "paths: there are too many wildcards to compare, here and in what others have reserved. Name folders and files in place of them.",
    { data: { parameter: "paths" } },
  );
}

async function requireRoom(tx: Tx, agent: string): Promise<void> {
  const { ofAgent, all } = await countReservations(tx, agent);
  if (ofAgent >= tabBounds.reservationsPerAgent)
    throw new CordError(
      "limit",
      `An agent has ${tabBounds.reservationsPerAgent} reservations at most: release some first.`,
    );
  if (all >= tabBounds.reservations)
    throw new CordError(
      "limit",
      `There are ${tabBounds.reservations} reservations, which is as many as are kept.`,
    );
}

/** A path that is looked up in what is reserved: as it lies in each of the folders that count for it. */
export interface SoughtPath {
  /** by the folder: its ways from there, one for each name that it has */
  ways: ReadonlyMap<string, readonly string[]>;
  ignoresCase: boolean;
}

/** Which of these reservations mean a path; of those that are looked at once the effort is used up, none. */
export function holdersOf(
  rows: readonly ReservationRow[],
  sought: SoughtPath,
  effort: Effort,
): ReservationRow[] {
  const { ways, ignoresCase } = sought;
  const paths = new Map(
    [...ways].map(([folder, own]) => [folder, own.map((way) => pathPattern(way, ignoresCase))]),
  );
  return rows.filter((row) => {
    const own = paths.get(row.folder);
    if (own === undefined || effort.left < 0) return false;
    return compiled(row, ignoresCase).some((pattern) => own.some((path) => overlap(pattern, path, effort)));
  });
}

/** Patterns are compared again and again: each list is taken apart once. By its JSON as it stands, of which no copy is made for each path. */
const known = new Map<string, readonly Pattern[]>();
const knownFolded = new Map<string, readonly Pattern[]>();
const maxKnown = 10_000;

function compiled(row: ReservationRow, ignoresCase: boolean): readonly Pattern[] {
  const taken = ignoresCase ? knownFolded : known;
  const found = taken.get(row.patterns);
  if (found !== undefined) return found;
  const patterns = patternsOf(row).map((text) => patternOf(text, ignoresCase));
  if (taken.size >= maxKnown) taken.clear();
  taken.set(row.patterns, patterns);
  return patterns;
}

/** Ends a reservation, for its holder or a person. */
export async function releaseFiles(tx: Tx, row: ReservationRow, by: string, now: number): Promise<void> {
  await removeReservation(tx, row.id);
  await appendAgentEvent(tx, subjectOf(row), now, {
    type: "files.released",
    data: { ...covered(row, by), ...waitingFor(row) },
  });
}

/** Reservations whose lease has ended. */
export async function expireReservations(tx: Tx, { now, monotonic }: Moment, limit: number): Promise<void> {
  for (const row of await dueReservations(tx, monotonic, limit)) {
    await removeReservation(tx, row.id);
    await appendAgentEvent(tx, subjectOf(row), now, {
      type: "files.expired",
      data: { ...covered(row, row.agent), ...waitingFor(row) },
    });
  }
}

function subjectOf({ agent, reason, project }: ReservationRow): {
  id: string;
  name: string;
  project: string | null;
} {
  return { id: agent, name: reason ?? "", project };
}

function covered(row: ReservationRow, by: string): { by: string; patterns: string[]; shared: boolean } {
  return { by, patterns: patternsOf(row), shared: row.shared === 1 };
}

function waitingFor(row: ReservationRow): { waiting?: string[] } {
  const waiting = refusedOf(row);
  return waiting.length === 0 ? {} : { waiting };
}
