import { describe, expect, test } from "bun:test";
import { CordError } from "../../src/core/error.ts";
import type { Caller } from "../../src/core/tree.ts";
import { operations, streams } from "../../src/operations/list.ts";
import type { Operation } from "../../src/operations/operation.ts";
import { human, openRig, type Rig } from "../support/operations/rig.ts";

/** Who may call each operation, and over what: by kind when a call is read, and by its subject when it is done. */

const all = Object.entries(operations).map(([name, operation]: [string, Operation]) => ({ name, operation }));
const tab: Caller = { kind: "tab", agent: null };

/** A run whose root has handed in its plan: #2, which calls, #3 beside it, and #4 below it. */
async function openRun(): Promise<{ rig: Rig; runId: string; node: Caller }> {
  const rig = openRig();
  const runId = await rig.startRun();
  const claim = { run_id: runId, engine: "engine", limit: 4 };
  await rig.call("nodes/claim", claim);
  const root = await rig.asNode(runId, 1);
  for (const goal of ["mine", "another's"]) await rig.call("nodes/create", { goal }, root);
  await rig.call("nodes/complete", { result: "planned" }, root);
  await rig.call("nodes/settle", { run_id: runId, node_id: "#1", epoch: 1 });
  await rig.call("nodes/claim", claim);
  const node = await rig.asNode(runId, 2);
  await rig.call("nodes/create", { goal: "below" }, node);
  return { rig, runId, node };
}

/** Whether authority is refused; what is refused for other reasons was allowed. */
async function isAllowed(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    return error.code !== "not_allowed";
  }
}

describe("by kind", () => {
  test.each(all)("$name is open to those whom it names, and to nobody else", async ({ operation }) => {
    const { rig, node } = await openRun();
    const callers: Caller[] = [human, tab, node];
    for (const caller of callers) {
      const isOpen = await isAllowed(async () => operation.prepare(rig.services, caller, {}));
      expect({ caller: caller.kind, isOpen }).toEqual({
        caller: caller.kind,
        isOpen: operation.callers.includes(caller.kind),
      });
    }
    await rig.close();
  });
});

test.each(Object.values(streams))(
  "$name can be followed by those whom it names, and by nobody else",
  async (stream) => {
    const { rig, node } = await openRun();
    const callers: Caller[] = [human, tab, node];
    for (const caller of callers) {
      const open = async () => stream.open(rig.services, caller, {}).close();
      expect(await isAllowed(open)).toBe(stream.callers.includes(caller.kind));
    }
    await rig.close();
  },
);

/** Over which nodes an agent of a run, here #2, may do what each operation does that names one. */
const ofNode: Record<string, { itself: boolean; child: boolean; stranger: boolean }> = {
  "tasks/get": { itself: true, child: true, stranger: true },
  "nodes/read": { itself: true, child: true, stranger: true },
  "nodes/answer": { itself: false, child: false, stranger: false },
  "nodes/stop": { itself: false, child: true, stranger: false },
  "nodes/pause": { itself: false, child: true, stranger: false },
  "nodes/resume": { itself: false, child: true, stranger: false },
  "nodes/modify": { itself: false, child: true, stranger: false },
};
/** These are about the caller itself, or its run. */
const ofItself = ["nodes/tree", "nodes/create", "nodes/complete", "nodes/ask", "tasks/latest"];

/** What a tab may do to a node: it reads, and may take one over by hand. */
const ofTab: Record<string, boolean> = {
  "tasks/get": true,
  "tasks/history": true,
  "tasks/latest": true,
  "tasks/claim": true,
  "tasks/extend": true,
  "tasks/release": true,
  "tasks/complete": true,
  "tasks/fail": true,
  "tasks/cancel": false,
  "tasks/say": true,
  "tasks/ask": false,
  "tasks/answer": false,
  "tasks/tell": false,
  "runs/get": true,
  "runs/result": true,
  "runs/record": true,
  "runs/history": true,
  "nodes/tree": true,
  "nodes/read": true,
};

const about = (kind: Caller["kind"]) =>
  all.filter(({ operation }) => operation.act !== null && operation.callers.includes(kind));

const namesOf = (some: typeof all) => some.map(({ name }) => name).toSorted();

const rest = {
  answer: "yes",
  goal: "goal",
  result: "result",
  question: "Which?",
  text: "text",
  agentId: "agent",
};

describe("by subject", () => {
  test("every operation about a task that agents or tabs may call stands in these tables", () => {
    expect([...Object.keys(ofNode), ...ofItself].toSorted()).toEqual(namesOf(about("node")));
    expect(Object.keys(ofTab).toSorted()).toEqual(namesOf(about("tab")));
  });

  test.each(about("node"))(
    "$name over the caller itself, its child and a stranger",
    async ({ name, operation }) => {
      const { rig, node } = await openRun();
      const may = async (node_id: string) =>
        isAllowed(() =>
          operation.perform(rig.services, node, { ...rest, node_id }, new AbortController().signal),
        );
      const expected = ofNode[name] ?? { itself: true, child: true, stranger: true };
      const [itself, stranger, child] = [await may("#2"), await may("#3"), await may("#4")];
      expect({ itself, child, stranger }).toEqual(expected);
      await rig.close();
    },
  );

  test.each(about("tab"))("$name over a node, by a tab", async ({ name, operation }) => {
    const { rig, runId } = await openRun();
    const { id } = await rig.node(runId, 2);
    const input = { ...rest, id, run_id: runId, node_id: "#2" };
    const signal = new AbortController().signal;
    expect(await isAllowed(() => operation.perform(rig.services, tab, input, signal))).toBe(
      ofTab[name] ?? false,
    );
    await rig.close();
  });

  test.each(about("human"))("$name over a node, by a person", async ({ operation }) => {
    const { rig, runId } = await openRun();
    const { id } = await rig.node(runId, 2);
    const input = { ...rest, id, run_id: runId, node_id: "#2" };
    const signal = new AbortController().signal;
    expect(await isAllowed(() => operation.perform(rig.services, human, input, signal))).toBe(true);
    await rig.close();
  });
});
