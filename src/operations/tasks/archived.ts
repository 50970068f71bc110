import { z } from "zod";
import { CordError, messageOf } from "../../core/error.ts";
import { tryParseJson } from "../../core/json.ts";
import { TaskId, WholeTask } from "../../core/task.ts";
import { findArchived } from "../../store/tables/ids.ts";
import type { ArchivedTask } from "../../store/tables/archives.ts";
import { time } from "../../store/tables/time.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { project } from "./target.ts";

/** The task as it lay in the database when it was archived, with all its messages; null if no archived task has the name. */
export const archived = operation({
  summary: "Read a task that ended long ago and was archived. An id may be a number or a beginning.",
  effect: "read",
  callers: ["human", "tab"],
  authority: anyCaller,
  input: () => z.object({ id: TaskId, project }),
  output: () =>
    z
      .object({
        task: WholeTask,
        archived_at: z.string(),
        file: z.string().describe("Of the archive's folder"),
      })
      .nullable(),
  run: async (context, { id, project }) => {
    const found = await context.store.read((tx) => findArchived(tx, id, project));
    if (found === null) return null;
    return { task: await taskIn(context, found), archived_at: time(found.at), file: found.file };
  },
});

/** Throws `failed` where the archive's file was moved away or changed. */
async function taskIn({ archive }: Context, found: ArchivedTask): Promise<WholeTask> {
  const lines = await archive.read(found).catch((error: unknown) => {
    throw unreadable(found, messageOf(error));
  });
  for (const line of lines) {
    const task = Line.safeParse(tryParseJson(line)).data?.task;
    if (task?.id === found.id) return task;
  }
  throw unreadable(found, "it is not the file that was written");
}

const Line = z.object({ task: WholeTask });

function unreadable({ id, file }: ArchivedTask, why: string): CordError {
  return new CordError(
    "failed",
    `Task ${id} was archived in ${file}, which cannot be read: ${why}. Put the file back into the archive's folder; "cord daemon status" says where that is.`,
  );
}
