import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { itemText, type Item } from "../../core/item.ts";
import { parseJson } from "../../core/json.ts";
import { Question as Asked } from "../../core/question.ts";
import { ResultSchema, ReturnType } from "../../core/result.ts";
import { askKind, type NodeType, type Phase } from "../../core/words.ts";
import type { TaskRow } from "./task-row.ts";

/** A task of a run, as it lies in the table of tasks: what each node has is there. */
export interface NodeRow extends TaskRow {
  run_id: string;
  path: string;
  phase: Phase;
}

/**
 * Whether a task is a node of a run. Throws `internal` for a task of a run that lacks what every node has: such a
 * database is not cord's.
 */
export function isNode(row: TaskRow): row is NodeRow {
  if (row.run_id === null) return false;
  if (row.number !== null && row.path !== null && row.phase !== null) return true;
  const missing = (["number", "path", "phase"] as const).find((column) => row[column] === null);
  throw new CordError("internal", `Task ${row.id} of run ${row.run_id} has no ${missing}, as each node has.`);
}

/** A row that was read as a node's. Throws `internal` for one that is none. */
export function asNode(row: TaskRow): NodeRow {
  if (isNode(row)) return row;
  throw new CordError("internal", `Task ${row.id} was read as a node, and belongs to no run.`);
}

/** How a node is written in its tree. */
export function typeOf({ kind, parent_id }: Pick<TaskRow, "kind" | "parent_id">): NodeType {
  if (kind === askKind) return "ASK";
  return parent_id === null ? "GOAL" : "TASK";
}

/** The ids of the tasks that it needs, in the order in which they were named. */
export function needsOf({ needs }: Pick<TaskRow, "needs">): string[] {
  return needs === null ? [] : Ids.parse(JSON.parse(needs));
}

const Ids = z.array(z.string());

/** What a node was asked to return. */
export function returnsOf({ returns }: Pick<TaskRow, "returns">): ReturnType {
  return ReturnType.catch("text").parse(returns);
}

/** The JSON Schema that a node's result has to fit. */
export function schemaOf({ schema }: Pick<TaskRow, "schema">): ResultSchema | null {
  return schema === null ? null : ResultSchema.parse(parseJson(schema));
}

const Payload = z.object({ item: z.unknown(), index: z.number() });

/** The item of a list that a node was created for; null: none. */
export function itemIn({ payload }: Pick<TaskRow, "payload">): Item | null {
  if (payload === null) return null;
  const { item, index } = Payload.parse(parseJson(payload));
  return { index, text: itemText(item) };
}

/** A question's particulars, as they lie in the question column of an ask, or of a task of the board that waits with one. */
export const Question = Asked.extend({
  heard: z.number().optional().describe("The epoch of the attempt that was given its answer while it worked"),
  epoch: z.number().optional().describe("Of a task of the board: the epoch in which it was asked"),
  answer: z.string().optional().describe("Of a task of the board: the answer, once there is one"),
});
export type Question = z.infer<typeof Question>;

export function questionOf({ question }: Pick<TaskRow, "question">): Question | null {
  return question === null ? null : Question.parse(parseJson(question));
}

/** How often a node's plan was rejected, and what was said of it last; null: its plan was approved since. */
const Replan = z.object({ times: z.number(), remark: z.string().nullable() });
type Replan = z.infer<typeof Replan>;

export function replanOf({ replan }: Pick<TaskRow, "replan">): Replan {
  return replan === null ? { times: 0, remark: null } : Replan.parse(parseJson(replan));
}
