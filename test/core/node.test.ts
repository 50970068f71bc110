import { expect, expectTypeOf, test } from "bun:test";
import type { Input, Output } from "../../src/client/client.ts";
import type { DrawnNode, Node } from "../../src/core/node.ts";
import type { Run, RunSnapshot } from "../../src/core/run.ts";
import { NodeId } from "../../src/core/task.ts";
import type { AttemptExit, NodeType, Phase, RunLimit, TreeStatus } from "../../src/core/words.ts";
import type { NodeView } from "../../src/tui/run/node-view.ts";

test("a node and a run have one shape, from the daemon to the views", () => {
  expectTypeOf<Output<"runs/get">>().toEqualTypeOf<RunSnapshot>();
  expectTypeOf<Output<"runs/list">[number]>().toEqualTypeOf<Run>();
  expectTypeOf<Output<"runs/get">["nodes"][number]>().toEqualTypeOf<Node>();
  expectTypeOf<Node>().toExtend<DrawnNode>();
  expectTypeOf<NodeView>().toExtend<DrawnNode>();
});

test("the words that programs compare are not any text", () => {
  expectTypeOf<Node["status"]>().toEqualTypeOf<TreeStatus>();
  expectTypeOf<Node["phase"]>().toEqualTypeOf<Phase>();
  expectTypeOf<Node["type"]>().toEqualTypeOf<NodeType>();
  expectTypeOf<Run["limit_hit"]>().toEqualTypeOf<RunLimit | null>();
  expectTypeOf<Input<"nodes/fail">["limit"]>().toEqualTypeOf<RunLimit | undefined>();
  expectTypeOf<Input<"runs/report">["attempts"][number]["exit"]>().toEqualTypeOf<
    AttemptExit | null | undefined
  >();
});

test("a node's name is taken in as its number", () => {
  expect(["#4", "4", "#0012"].map((name) => NodeId.parse(name))).toEqual([4, 4, 12]);
  for (const wrong of ["", "#", "four", "4.5", "-4", "##4", "4 ", "1234567890"])
    expect(NodeId.safeParse(wrong).success).toBe(false);
  expectTypeOf<Input<"nodes/read">["node_id"]>().toEqualTypeOf<string>();
});
