import { z } from "zod";
import { Reservation } from "../../core/reservation.ts";
import { listReservations, toReservation } from "../../store/tables/reservations.ts";
import { anyCaller } from "../authority.ts";
import { operation } from "../operation.ts";
import { board, project } from "../tasks/target.ts";
import { Folder, Who } from "./schemas.ts";

/** What is reserved now, in a project, or of an agent or a checkout; the oldest first. */
export const list = operation({
  summary: "List files that are reserved, by whom, until when and why.",
  effect: "read",
  callers: board,
  authority: anyCaller,
  tool: { profile: "board", title: "List reserved files", omit: ["checkout", "agent", "project"] },
  input: () => z.object({ agent: Who, checkout: Folder.describe("Its top").optional(), project }),
  output: () => z.array(Reservation),
  run: (context, { agent, checkout: folder, project }) =>
    context.read(async (tx) =>
      (await listReservations(tx, { agent, folder, project }, context.monotonic)).map(toReservation),
    ),
});
