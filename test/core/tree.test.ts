import { describe, expect, test } from "bun:test";
import { CordError } from "../../src/core/error.ts";
import {
  authorize,
  chainOf,
  parentOf,
  childPath,
  depthOf,
  isBelow,
  nameOf,
  type Caller,
  type Act,
  type NodePosition,
} from "../../src/core/tree.ts";

const acts: Act[] = [
  "read",
  "create",
  "complete",
  "ask",
  "stop",
  "pause",
  "resume",
  "modify",
  "answer",
  "tell",
  "retry",
  "claim",
  "extend",
  "release",
  "fail",
  "run",
];

const me: Caller = { kind: "node", runId: "run", taskId: "task-4", number: 4, path: "1.4", epoch: 1 };
const tab: Caller = { kind: "tab", agent: null };
const place = (path: string, more: Partial<NodePosition> = {}): NodePosition => ({
  runId: "run",
  number: Number(path.split(".").at(-1)),
  path,
  ...more,
});

/** What #4, at 1.4, may do to each; nothing else is allowed. */
const allowed: [string, NodePosition, Act[]][] = [
  ["itself", place("1.4"), ["read", "create", "complete", "ask"]],
  ["its child", place("1.4.7"), ["read", "stop", "pause", "resume", "modify"]],
  ["its grandchild", place("1.4.7.9"), ["read", "stop", "pause", "resume", "modify"]],
  ["its parent", place("1"), ["read"]],
  ["its sibling", place("1.5"), ["read"]],
  ["its sibling's child", place("1.5.6"), ["read"]],
  ["one whose path only begins like its own", place("1.40"), ["read"]],
  ["one whose number is its own, elsewhere", place("1.5.4"), ["read"]],
  [
    "a question of its child to its parent",
    place("1.4.7.8", { target: "parent" }),
    ["read", "stop", "pause", "resume", "modify", "answer"],
  ],
  [
    "a question of its child to a person",
    place("1.4.7.8", { target: "human" }),
    ["read", "stop", "pause", "resume", "modify"],
  ],
  [
    "a question of its own to its parent",
    place("1.4.8", { target: "parent" }),
    ["read", "stop", "pause", "resume", "modify"],
  ],
  [
    "a question of its grandchild to its parent",
    place("1.4.7.9.10", { target: "parent" }),
    ["read", "stop", "pause", "resume", "modify"],
  ],
  ["a question of its sibling to its parent", place("1.5.8", { target: "parent" }), ["read"]],
  ["a node of another run", place("1.4.7", { runId: "other" }), []],
];

describe("authority", () => {
  test.each(allowed)("of a node over %s", (_, node, permitted) => {
    for (const act of acts) {
      if (permitted.includes(act)) authorize(me, act, node);
      else expect(() => authorize(me, act, node)).toThrow(CordError);
    }
  });

  test("of a node is over no task of the board", () => {
    for (const act of acts) expect(() => authorize(me, act, null)).toThrow(CordError);
  });

  test("of a human is over everything", () => {
    const all = [...allowed.map(([, node]) => node), null];
    for (const node of all) for (const act of acts) authorize({ kind: "human" }, act, node);
  });

  test("of a tab is over the board; a node it may read, and take over by hand", () => {
    const asHolder = new Set<Act>(["claim", "extend", "release", "complete", "fail"]);
    for (const act of acts) {
      authorize(tab, act, null);
      const ask = () => authorize(tab, act, place("1.4"));
      if (act === "read" || asHolder.has(act)) ask();
      else expect(ask).toThrow("cord command");
    }
  });

  test("that is missing is refused with a hint at what to do instead", () => {
    expect(() => authorize(me, "stop", place("1.5"))).toThrow("Node #5 is not in your subtree");
    expect(() => authorize(me, "stop", place("1.5"))).toThrow("use ask()");
    expect(() => authorize(me, "stop", place("1.4"))).toThrow("Call complete() when you are done");
    expect(() => authorize(me, "answer", place("1.4.8"))).toThrow("not a question to you");
  });
});

describe("a path", () => {
  test("leads from the root to the node", () => {
    expect(childPath(null, 1)).toBe("1");
    expect(childPath("1.4", 9)).toBe("1.4.9");
    expect(depthOf("1")).toBe(1);
    expect(depthOf("1.4.9")).toBe(3);
    expect(chainOf("1.4.9")).toEqual([1, 4, 9]);
    expect(["1", "1.4", "1.4.9"].map(parentOf)).toEqual([null, 1, 4]);
  });

  test("is below another only with a whole number between the dots", () => {
    expect(isBelow("1.4.9", "1.4")).toBe(true);
    expect(isBelow("1.4", "1.4")).toBe(false);
    expect(isBelow("1.40", "1.4")).toBe(false);
  });
});

test("a caller is named by what people call it", () => {
  expect(nameOf(me)).toBe("#4");
  expect(nameOf({ kind: "human" })).toBe("human");
  expect(nameOf({ kind: "tab", agent: null })).toBe("tab");
  expect(nameOf({ kind: "tab", agent: "claude-1" })).toBe("claude-1");
});
