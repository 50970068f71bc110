import type { Moment } from "../../core/moment.ts";
import type { HeldFile } from "../../core/reservation.ts";
import type { ReservationRow } from "../../store/tables/reservations.ts";
import { time } from "../../store/tables/time.ts";

/** A path that is held by a reservation. */
export function toHeld(row: ReservationRow, path: string, { now, monotonic }: Moment): HeldFile {
  const left_ms = Math.max(0, row.lease_due - monotonic);
  return {
    path,
    by: row.agent,
    until: time(now + left_ms),
    left_ms,
    ...(row.reason === null ? {} : { reason: row.reason }),
    shared: row.shared === 1,
    mode: row.mode,
    reservation: row.id,
  };
}
