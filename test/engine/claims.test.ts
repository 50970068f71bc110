import { expect, test } from "bun:test";
import type { Claimed } from "../../src/engine/run-context.ts";
import { Claims } from "../../src/engine/claims.ts";

/** How an engine claims when the daemon refuses. */

test("after a claim that failed nodes are claimed one by one, so that one of them does not keep the others", async () => {
  const [limits, given, troubles]: [number[], Claimed[], unknown[]] = [[], [], []];
  const claims = new Claims({
    room: () => 4,
    looks: () => false,
    claim: async (limit) => {
      limits.push(limit);
      if (limits.length === 1) throw new Error("one of them cannot be given");
      return limits.length < 4 ? [node] : [];
    },
    onNode: (one) => given.push(one),
    onTrouble: (error) => troubles.push(error),
  });
  const over = async () => {
    while (claims.underWay !== null) await claims.underWay;
  };
  claims.soon();
  await over();
  expect({ limits, given: given.length, troubles: troubles.length }).toEqual({
    limits: [4],
    given: 0,
    troubles: 1,
  });
  claims.soon();
  await over();
  expect({ limits, given: given.length }).toEqual({ limits: [4, 1, 1, 1], given: 2 });
  claims.soon();
  await over();
  expect(limits.at(-1)).toBe(4);
});

test("where there is no room the daemon is asked how the run stands, if that is wanted, and for no node", async () => {
  const limits: number[] = [];
  let looks = false;
  const claims = new Claims({
    room: () => 0,
    looks: () => looks,
    claim: async (limit) => {
      limits.push(limit);
      return [];
    },
    onNode: () => {},
    onTrouble: () => {},
  });
  claims.soon();
  expect(claims.underWay).toBeNull();
  looks = true;
  claims.soon();
  await claims.underWay;
  expect(limits).toEqual([0]);
});

const node: Claimed = {
  id: "id",
  node_id: "#1",
  epoch: 1,
  token: "token",
  brief: {
    runId: "run",
    number: 1,
    phase: "work",
    round: 1,
    goal: "A goal",
    prompt: null,
    returns: "text",
    schema: null,
    chain: [],
    needs: [],
    children: [],
    questions: [],
    item: null,
    shape: null,
    said: null,
    remark: null,
    earlier: null,
    refusal: null,
    check: null,
    mayCreate: { depth: true, nodesLeft: 1, childrenLeft: 1, roundsLeft: 1 },
    budgetUsd: null,
  },
  model: null,
  agent: "claude",
  budget_usd: null,
  budget_tokens: null,
  shared: false,
  session_id: null,
  session_spent: null,
  options: {},
  task_changed: false,
};
