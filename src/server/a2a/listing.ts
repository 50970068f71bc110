import { TaskState } from "@a2a-js/sdk";
import type { ListTasksRequest, ListTasksResponse } from "@a2a-js/sdk";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import type { Board } from "./board.ts";
import { invalidFields } from "./errors.ts";
import { tasksStanding, toA2aTask } from "./mapping.ts";
import { allModes } from "./parts.ts";

const defaultPageSize = 50;

/** The tasks that a client asks for, the latest change first. */
export async function listTasks(board: Board, asked: ListTasksRequest): Promise<ListTasksResponse> {
  const {
    contextId,
    status,
    pageSize = defaultPageSize,
    pageToken,
    historyLength,
    includeArtifacts = false,
  } = asked;
  const standing = tasksStanding(status ?? TaskState.TASK_STATE_UNSPECIFIED);
  if (standing === null) return { tasks: [], nextPageToken: "", pageSize, totalSize: 0 };
  const { items, total, next } = await board
    .latest({
      ...standing,
      limit: pageSize,
      messages: messagesFor(historyLength),
      artifacts: includeArtifacts,
      ...(contextId === "" ? {} : { context_id: contextId }),
      ...(asked.statusTimestampAfter ? { after: asked.statusTimestampAfter } : {}),
      ...(pageToken === "" ? {} : { cursor: pageToken }),
    })
    .catch(inOwnWords);
  const tasks = items.map((task) => {
    const whole = toA2aTask(task, { historyLength, modes: allModes });
    return includeArtifacts ? whole : { ...whole, artifacts: [] };
  });
  return { tasks, nextPageToken: next ?? "", pageSize, totalSize: total };
}

/** A cursor has another name in A2A, and so has what it goes with. */
function inOwnWords(error: unknown): never {
  if (!(error instanceof CordError) || error.data["parameter"] !== "cursor") throw error;
  const description =
    "must be the nextPageToken of a page, given back with the same contextId, status and statusTimestampAfter";
  throw invalidFields([{ field: "pageToken", description }]);
}

/** How many messages are read of a task of which a client wants so many: the newest may be its status. */
export function messagesFor(historyLength: number | undefined): number {
  return Math.min(Math.max(1, historyLength ?? limits.messages), limits.messages);
}
