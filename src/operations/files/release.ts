import { isAbsolute } from "node:path";
import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { cleanPattern } from "../../core/pattern.ts";
import { plainName, Reservation } from "../../core/reservation.ts";
import { nameOf } from "../../core/tree.ts";
import { releaseFiles } from "../../store/lifecycle/reservations.ts";
import {
  patternsOf,
  reservationNamed,
  reservationsOf,
  toReservation,
  type ReservationRow,
} from "../../store/tables/reservations.ts";
import type { Tx } from "../../store/store.ts";
import { slashed, within } from "../../system/places.ts";
import { requireActor } from "../acting.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { board, project, request_id } from "../tasks/target.ts";
import { Paths, ReservationId, Who } from "./schemas.ts";

/**
 * Ends reservations: the one of an id, those that have one of these paths, or all of an agent's. A person may end anybody's by its
 * id. Throws `stale_lease` for another's, and for an epoch that is over.
 */
export const release = operation({
  summary: "Release files that you reserved: those of an id, of these paths, or all.",
  effect: "write",
  callers: board,
  authority: anyCaller,
  tool: { profile: "board", title: "Release files", omit: ["epoch", "request_id", "project"] },
  input: () =>
    z.object({
      id: ReservationId.optional(),
      paths: Paths.optional(),
      agentId: Who,
      epoch: z.number().int().optional(),
      project,
      request_id,
    }),
  output: () => z.array(Reservation),
  run: (context, { id, paths, agentId, epoch }) =>
    context.write(async (tx) => {
      const by = agentId ?? nameOf(context.caller);
      const rows =
        id === undefined
          ? await ofAgent(tx, requireActor(context, agentId), paths)
          : [await ofId(tx, id, { agentId, epoch }, context)];
      for (const row of rows) await releaseFiles(tx, row, by, context.now);
      return rows.map(toReservation);
    }),
});

interface Claimant {
  agentId: string | undefined;
  epoch: number | undefined;
}

async function ofId(
  tx: Tx,
  id: string,
  { agentId: given, epoch }: Claimant,
  context: Context,
): Promise<ReservationRow> {
  const [row, other] = await reservationNamed(tx, id);
  if (row === undefined)
    throw new CordError("not_found", `There is no reservation ${id}; it may have ended.`);
  if (other !== undefined)
    throw new CordError("invalid", `${id} is the beginning of several reservations' ids: say more of it.`);
  const agentId = context.caller.kind === "human" ? given : requireActor(context, given);
  const isStale = epoch !== undefined && epoch !== row.epoch;
  if (isStale || (agentId !== undefined && agentId !== row.agent))
    throw new CordError(
      "stale_lease",
      `stale lease: this reservation is held by ${plainName(row.agent)} (epoch ${row.epoch}). Leave it to its holder.`,
    );
  return row;
}

/** All of an agent's, or those that were reserved with one of these paths. Throws `not_found` where there is none of these. */
async function ofAgent(
  tx: Tx,
  agent: string,
  paths: readonly string[] | undefined,
): Promise<ReservationRow[]> {
  const rows = await reservationsOf(tx, agent);
  if (paths === undefined || paths.length === 0) return rows;
  const found = rows.filter((row) => isNamed(row, paths));
  if (found.length > 0) return found;
  const own = rows.flatMap(patternsOf).slice(0, shownPaths);
  const there = own.length === 0 ? "You have reserved nothing." : `You have reserved ${own.join(", ")}.`;
  throw new CordError("not_found", `None of your reservations is of these paths. ${there}`);
}

const shownPaths = 16;

/** By a path as it was reserved, from the checkout's top or with the whole way there; of a folder with or without what stands for all in it. */
function isNamed(row: ReservationRow, paths: readonly string[]): boolean {
  const own = new Set(patternsOf(row).map(bare));
  return paths.some((path) => {
    const fromTop = isAbsolute(path) ? within(row.folder, path) : slashed(path);
    return fromTop !== null && own.has(bare(cleanPattern(fromTop)));
  });
}

function bare(pattern: string): string {
  return pattern.replace(/\/\*\*$/, "");
}
