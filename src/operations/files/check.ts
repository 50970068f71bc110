import { z } from "zod";
import { limits, tabBounds } from "../../core/limits.ts";
import { EditedFile, HeldFile } from "../../core/reservation.ts";
import { anyCaller } from "../authority.ts";
import { actorOf } from "../acting.ts";
import { operation } from "../operation.ts";
import { checkFiles } from "./checking.ts";
import { Folder, Mode, Who } from "./schemas.ts";

/** Whether others hold, or edit, files that are about to be edited or committed. */
export const check = operation({
  summary: "Say which of these files others have reserved, or edit too.",
  effect: "write",
  callers: ["human", "tab", "node"],
  authority: anyCaller,
  input: () =>
    z.object({
      agent: Who,
      folder: Folder.describe("Where relative paths begin").optional(),
      paths: z.array(z.string().max(limits.pathLength)).max(tabBounds.files),
      edits: z.boolean().describe("They are about to be edited, which is noted").default(false),
      mode: Mode.optional(),
    }),
  output: () =>
    z.object({
      held: z.array(HeldFile),
      edited: z.array(EditedFile),
      unchecked: z.boolean().describe("There were too many wildcards to compare all"),
    }),
  run: (context, { agent, folder, paths, edits, mode }) =>
    checkFiles(context, {
      agent: actorOf(context.caller, agent),
      folder: folder ?? null,
      paths,
      isEdit: edits,
      mode: mode ?? null,
    }),
});
