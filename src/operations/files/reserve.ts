import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { postedIn } from "../../core/project.ts";
import { heldBy, Reservation, shownPath } from "../../core/reservation.ts";
import { noteAgent } from "../../store/tables/agents.ts";
import { toReservation } from "../../store/tables/reservations.ts";
import { reserveFiles, type Conflict } from "../../store/lifecycle/reservations.ts";
import { requireActor } from "../acting.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { board, project, request_id } from "../tasks/target.ts";
import { askedPaths } from "./asked-paths.ts";
import { toHeld } from "./held.ts";
import { Folder, Minutes, Mode, Paths, Who } from "./schemas.ts";

/**
 * Reserves files for one agent. Its lease is renewed while its tab is open, and ends by itself otherwise. Throws `conflict` for what
 * another holds, with who, until when and why; the agent hears of the end of that.
 */
export const reserve = operation({
  summary: "Reserve files before you edit them; renewed while you are here.",
  effect: "write",
  callers: board,
  authority: anyCaller,
  tool: { profile: "board", title: "Reserve files", omit: ["folder", "mode", "request_id", "project"] },
  input: () =>
    z.object({
      paths: Paths.min(1).describe("From the repository's top: files, folders; *, ** and ?"),
      minutes: Minutes,
      shared: z.boolean().describe("With others who share it").optional(),
      reason: z.string().max(limits.noteLength).optional(),
      folder: Folder.optional(),
      mode: Mode.optional(),
      agentId: Who,
      project,
      request_id,
    }),
  output: () => Reservation,
  run: async (context, input) => {
    const agent = requireActor(context, input.agentId);
    const tab = context.tabs.find({ agent });
    const asked = await askedPaths(context.files, input.paths, input.folder ?? tab?.row.folder ?? undefined);
    const reserved = await context.write(async (tx) => {
      const wanted = {
        id: context.newId(),
        project: postedIn(input.project),
        agent,
        folder: asked.folder,
        patterns: asked.patterns,
        ignoresCase: asked.ignoresCase,
        isShared: input.shared === true,
        reason: input.reason || null,
        mode: input.mode ?? tab?.reservations ?? "warn",
        leaseMs: Math.round(input.minutes * 60_000),
      };
      const done = await reserveFiles(tx, wanted, context);
      await noteAgent(tx, agent, wanted.project, context);
      return "conflict" in done ? refusalOf(done.conflict, context) : toReservation(done.row);
    });
    if ("refused" in reserved) throw new CordError("conflict", reserved.refused, { data: reserved.data });
    return reserved;
  },
});

/** A refusal as it is stored with the call: a repeat is refused as the first was. */
function refusalOf(
  { row, wanted, held }: Conflict,
  context: Context,
): { refused: string; data: Record<string, string> } {
  const what = toHeld(row, held, context);
  const overlap = wanted === held ? "" : ` That overlaps ${shownPath(wanted)}.`;
  return {
    refused: `${heldBy(what)}.${overlap} Work on something else meanwhile: you are told when it is free. Or ask its holder with a message.`,
    data: { holder: row.agent, lease_until: what.until, reservation: row.id },
  };
}
