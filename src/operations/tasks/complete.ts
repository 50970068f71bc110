import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { isJsonObject } from "../../core/json.ts";
import { Artifacts, resultArtifact, type Artifact, type StoredArtifact } from "../../core/message.ts";
import { plain } from "../../core/text.ts";
import { Name, Task, Word } from "../../core/task.ts";
import { keepArtifacts } from "../../store/tables/messages.ts";
import { toTask } from "../../store/tables/tasks.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { completeTask } from "../../store/lifecycle/transitions.ts";
import type { Tx } from "../../store/store.ts";
import { completeChecked } from "../checked.ts";
import { operation } from "../operation.ts";
import type { Context } from "../context.ts";
import { board, holder, taking } from "./target.ts";
import { sendTask } from "./send.ts";

/**
 * Completes a claimed task; with postAck also publishes an ack in the same transaction. A late holder is refused, and
 * its result is kept.
 */
export const complete = operation({
  summary: "Complete a task you hold, with a result; post_ack also publishes an ack (ack_name) at once.",
  effect: "write",
  callers: board,
  authority: taking("complete"),
  tool: { profile: "board", title: "Complete a task", omit: ["request_id", "project"] },
  lease: "ends",
  tolerates: ["postAck", "ackPriority"],
  input: () =>
    z.object({
      ...holder,
      result: z.unknown().optional(),
      postAck: z.boolean().default(false),
      ackName: Name.optional(),
      ackPriority: Word.default("high"),
      ackPayload: z.unknown().optional(),
      artifacts: Artifacts.describe("Files; a part is one of text, raw, url, data").optional(),
    }),
  output: () => z.object({ ok: z.literal(true), ack: Task.nullable() }),
  run: async (context, input) => {
    if (input.postAck && input.ackName === undefined) {
      const [ackName, postAck] = [context.parameter("ackName"), context.parameter("postAck")];
      throw new CordError("invalid", `${ackName} is required with ${postAck}.`);
    }
    const artifacts = withIds(input.artifacts ?? [], input.result !== undefined, context.newId);
    const { agentId, epoch } = input;
    const claimant = { agentId, epoch };
    const outcome = await completeChecked(context, {
      result: input.result,
      claimant,
      async complete(tx, row, result) {
        const done = await completeTask(tx, row, result, claimant, context);
        if ("refused" in done) return { refused: done.refused.message };
        if (artifacts.length > 0 && done.row.state === "completed")
          await keepArtifacts(tx, row.id, artifacts);
        return { ack: input.postAck ? toTask(await postAck(tx, context, row, input)) : null };
      },
    });
    if ("refused" in outcome) throw new CordError("stale_lease", outcome.refused);
    return { ok: true as const, ack: outcome.ack };
  },
});

/** Throws `invalid` for an id that two have, or that is the result's own. */
function withIds(given: readonly Artifact[], hasResult: boolean, newId: () => string): StoredArtifact[] {
  const taken = new Set(hasResult ? [resultArtifact] : []);
  return given.map((artifact) => {
    const artifactId = artifact.artifactId ?? newId();
    if (taken.has(artifactId))
      throw new CordError(
        "invalid",
        `artifacts: two have the artifactId ${plain(artifactId)}. Give each its own, or none.`,
      );
    taken.add(artifactId);
    return { ...artifact, artifactId };
  });
}

interface Ack {
  ackName?: string | undefined;
  ackPriority: string;
  ackPayload?: unknown;
}

function postAck(
  tx: Tx,
  context: Context,
  done: TaskRow,
  { ackName = "", ackPriority, ackPayload }: Ack,
): Promise<TaskRow> {
  const payload = { fixed_bug_id: done.id, ...objectOf(ackPayload) };
  const project = done.project ?? undefined;
  return sendTask(tx, context, { name: ackName, kind: "ack", priority: ackPriority, payload, project });
}

/** A payload that is no object is kept under `value`. */
function objectOf(payload: unknown): Record<string, unknown> {
  if (payload === undefined || payload === null) return {};
  return isJsonObject(payload) ? { ...payload } : { value: payload };
}
