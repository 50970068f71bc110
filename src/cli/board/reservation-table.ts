import type { Reservation } from "../../core/reservation.ts";
import { shortIds } from "../../core/short-id.ts";
import { plain } from "../../core/text.ts";
import { duration } from "../../tui/time.ts";
import { table, type Column, type Look } from "../table.ts";

/** Reservations as a table for a person; with the folder of each where they are of several checkouts. */
export function reservationTable(reservations: readonly Reservation[], now: number, look: Look): string {
  if (reservations.length === 0) return "No files are reserved.";
  const ids = shortIds(reservations.map(({ id }) => id));
  const columns: Column<Reservation>[] = [
    { title: "ID", rank: 5, cell: ({ id }) => ids.get(id) ?? id },
    { title: "AGENT", rank: 1, cell: ({ agent }) => agent, min: 8 },
    { title: "ENDS IN", rank: 3, cell: ({ until }) => duration(Math.max(0, Date.parse(until) - now)) },
    {
      title: "SHARED",
      rank: 6,
      cell: ({ shared }) => (shared ? "yes" : ""),
      isTold: reservations.some(({ shared }) => shared),
    },
    { title: "FILES", rank: 2, cell: ({ paths }) => paths.join(", "), min: 12 },
    {
      title: "WHY",
      rank: 4,
      cell: ({ reason = "" }) => reason,
      min: 8,
      isTold: reservations.some(({ reason }) => reason !== undefined),
    },
    {
      title: "FOLDER",
      rank: 7,
      cell: ({ folder }) => folder,
      min: 8,
      isTold: new Set(reservations.map(({ folder }) => folder)).size > 1,
    },
  ];
  return table(columns, reservations, look);
}

export function reservedLine({ paths, agent, until, folder, id }: Reservation): string {
  return `${plain(paths.join(", "))} in ${plain(folder)}\n  reserved by ${plain(agent)} until ${until} (cord unreserve ${id.slice(0, 13)})`;
}

export function releasedLines(reservations: readonly Reservation[]): string {
  if (reservations.length === 0) return "Nothing was reserved.";
  return reservations
    .map(({ paths, agent }) => plain(`${paths.join(", ")} of ${agent}: released`))
    .join("\n");
}
