import { z } from "zod";
import { NodeId, RequestId } from "../../core/task.ts";

/** The parameters by which the tree's calls name a node, and which of them a node's own tools hide. */
export const inRun = ["human", "node"] as const;
/** An engine calls with the token of its person. */
export const engine = ["human"] as const;
export const Epoch = z.number().int();
export const request_id = RequestId.optional();
export const target = {
  node_id: NodeId,
  run_id: z.string().describe("If not given: the open run of the project that has the node").optional(),
  project: z.string().optional(),
  request_id,
};
export const hidden = ["run_id", "project", "request_id"] as const;

/** In an answer about a node: its run, for who has several. */
export const run_id = z.string().optional();
