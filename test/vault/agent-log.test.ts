import { expect, test } from "bun:test";
import { activitiesOf, activityLine } from "../../src/vault/agent-log.ts";
import { eventOf } from "../support/events.ts";
import { hostile, unsafe } from "../support/hostile.ts";

const about = { task_id: "id", name: "the API of v2", kind: "message", state: "completed" } as const;
const told = [
  eventOf("task.delivered", { ...about, seq: 2, data: { to: "tab-a", by: "wake" } }),
  eventOf("task.read", { ...about, seq: 3, data: { by: "tab-a" } }),
  eventOf("task.acked", { ...about, seq: 4, data: { by: "tab-a", text: "will do" } }),
  eventOf("task.lapsing", { ...about, seq: 5, agent: "tab-a", data: { by: "tab-a" } }),
  eventOf("agent.renamed", { seq: 6, agent: "release-v1.2", name: "release-v1.2", data: { from: "tab-a" } }),
  eventOf("files.reserved", {
    seq: 7,
    agent: "tab-b",
    data: { by: "tab-b", patterns: ["src/**", "a.ts"], shared: true },
  }),
  eventOf("files.released", { seq: 8, agent: "tab-b", data: { by: "tab-b", patterns: ["a.ts"] } }),
  eventOf("files.expired", { seq: 9, agent: "tab-b", data: { by: "tab-b", patterns: ["src/**"] } }),
  eventOf("files.edited", {
    seq: 10,
    agent: "tab-b",
    data: { by: "tab-b", with: "tab-a", path: "src/a.ts" },
  }),
];

test("an agent's log tells how it heard and read, what it was called, and what it reserved", () => {
  const lines = told.flatMap((event) =>
    activitiesOf(event).map(
      (one) => `${one.agent} ${activityLine(event, one, "tasks/the-api").slice(22).trim()}`,
    ),
  );
  expect(lines).toEqual([
    "tab-a was told by a wake of [[tasks/the-api]] ^e2",
    "tab-a read [[tasks/the-api]] ^e3",
    'tab-a took note of [[tasks/the-api]]: `"will do"` ^e4',
    'tab-a goes on as: `"release-v1.2"` ^e6',
    'release-v1.2 went before as: `"tab-a"` ^e6',
    'tab-b reserved: `"src/**, a.ts (shared)"` ^e7',
    'tab-b released the reservation of: `"a.ts"` ^e8',
    'tab-b let the reservation end of: `"src/**"` ^e9',
    'tab-b edited what another was editing: `"src/a.ts, tab-a"` ^e10',
    'tab-a edited what another was editing: `"src/a.ts, tab-b"` ^e10',
  ]);
});

test("no pattern, path or handle breaks a line of the log", () => {
  const evil = [
    eventOf("files.reserved", { agent: hostile, data: { by: hostile, patterns: [hostile, "a\n- b [[x]]"] } }),
    eventOf("files.edited", { agent: hostile, data: { by: "a", with: hostile, path: `${hostile}\n# x` } }),
    eventOf("agent.renamed", { agent: "new", data: { from: hostile } }),
    eventOf("task.acked", { ...about, data: { by: "a", text: `${hostile}\n\n# x` } }),
  ];
  for (const event of evil)
    for (const one of activitiesOf(event)) {
      const line = activityLine(event, one, "tasks/a");
      expect(line.trimEnd()).not.toMatch(unsafe);
      expect(line.split("\n")).toHaveLength(2);
    }
});
