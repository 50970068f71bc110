import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Agent, Task } from "../../../src/core/task.ts";
import { agentTable } from "../../../src/cli/board/agent-table.ts";
import { taskDetail, taskTable } from "../../../src/cli/board/views.ts";
import { widthOf } from "../../../src/tui/terminal/width.ts";
import { hostile, unsafe } from "../../support/hostile.ts";
import { expectGolden } from "../../support/golden.ts";

const now = Date.parse("2026-01-01T12:00:00.000Z");

function task(number: number, values: Partial<Task> = {}): Task {
  const at = new Date(now - number * 21_000).toISOString();
  return {
    id: `019b7a0${number}-77c2-7000-8000-00000000000${number}`,
    name: `task number ${number}`,
    kind: "task",
    priority: "normal",
    state: "pending",
    claimed_by: null,
    payload: null,
    result: null,
    created_at: at,
    updated_at: at,
    seq: number,
    epoch: 0,
    number,
    ...values,
  };
}

const tasks = [
  task(1, { name: "Login fails on Safari when the cookie of the other domain is blocked", kind: "bug" }),
  task(2, { name: hostile, kind: hostile, priority: hostile, to: hostile }),
  task(3, {
    name: "修复登录页面上的错误并且写一个测试",
    state: "claimed",
    claimed_by: "hotfix-v1.1",
    epoch: 2,
  }),
  task(4, { name: "v1.1 stable", kind: "ack", priority: "high", state: "completed" }),
  task(5, { name: "the API wants a key", kind: "knowledge", state: "completed" }),
];

const agents: Agent[] = [
  agent("feature-a-v1.2", { current_task: tasks[2]?.id ?? null }),
  agent(hostile, { name: hostile }),
  agent("an-agent-whose-handle-is-as-long-as-handles-may-be-or-nearly-so"),
];

function agent(id: string, values: Partial<Agent> = {}): Agent {
  const first_seen = new Date(now - 83_000).toISOString();
  const last_seen = new Date(now - 3000).toISOString();
  return {
    id,
    name: id,
    first_seen,
    last_seen,
    current_task: null,
    age_ms: 3000,
    status: "active",
    ...values,
  };
}

const open = { is_open: true, unread: 0, client: "claude", wake: "inbox", wakes_left: 20 } as const;
const tabs: Agent[] = [
  agent("claude-billing", { ...open, state: "busy", folder: "/home/ada/billing" }),
  agent("hotfix-v1.1", {
    ...open,
    state: "waiting",
    waiting_for: "permission prompt",
    unread: 12,
    current_task: tasks[2]?.id ?? null,
    folder: "/home/ada/billing-v1.1",
  }),
  agent("codex-billing", {
    ...open,
    client: "codex",
    state: "idle",
    wake: "queue",
    unread: 3,
    wakes_left: 0,
  }),
  agent("gemini-billing", { ...open, client: "gemini", wake: "none" }),
  agent("claude-quiet", { ...open, state: "idle", is_muted: true }),
  agent("claude-billing-2", { ...open, is_open: false, state: "busy", status: "stale", unread: 1 }),
  agent("shell", { unread: 2 }),
  agent(hostile, { ...open, state: "waiting", waiting_for: hostile, folder: hostile }),
];

const golden = (name: string) => join(import.meta.dirname, "golden", name);

describe.each([40, 80, 120])("at %i columns", (width) => {
  test("a table of tasks fits", () => {
    const text = taskTable(tasks, now, { width, color: false });
    expectGolden(golden(`tasks-${width}.txt`), `${text}\n`);
    expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(width);
    expect(text).not.toMatch(unsafe);
    expect(text.split("\n")).toHaveLength(tasks.length + 1);
  });

  test("a table of agents fits", () => {
    const text = agentTable(agents, { width, color: false });
    expectGolden(golden(`agents-${width}.txt`), `${text}\n`);
    expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(width);
    expect(text).not.toMatch(unsafe);
    expect(text.split("\n")).toHaveLength(agents.length + 1);
  });

  test("a table of tabs says what each does, what it has not read, its client and how it is woken", () => {
    const text = agentTable(tabs, { width, color: false });
    expectGolden(golden(`tabs-${width}.txt`), `${text}\n`);
    expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(width);
    expect(text).not.toMatch(unsafe);
    expect(text.split("\n")).toHaveLength(tabs.length + 1);
  });
});

test("a table fits whatever the width", () => {
  for (let width = 1; width < 200; width += 1) {
    for (const text of [
      taskTable(tasks, now, { width, color: false }),
      agentTable(agents, { width, color: false }),
      agentTable(tabs, { width, color: false }),
    ])
      expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(width);
  }
});

test("states and priorities have colours, which take no room", () => {
  const various = [
    ...tasks,
    task(8, { kind: "bug", state: "failed", priority: "urgent", project: "/home/me/shop" }),
    task(6, { state: "cancelled", priority: "low", project: "/srv/shop" }),
    task(7, { state: "paused", project: "/home/me/blog" }),
  ];
  const look = { width: 120, color: true, projects: true };
  const text = taskTable(various, now, look);
  expectGolden(golden("tasks-120-color.txt"), `${text}\n`);
  expect(Bun.stripANSI(text)).toBe(taskTable(various, now, { ...look, color: false }));
});

test("nothing to list is said in words", () => {
  expect(taskTable([], now, { width: 80, color: false })).toBe("No tasks.");
  expect(agentTable([], { width: 80, color: false })).toBe("No agents.");
});

test("a question, what was said and files are shown, and safely; a list has a mark for who asks", () => {
  const said = { seq: 1, at: new Date(now).toISOString(), messageId: "m" };
  const waiting = task(1, { state: "waiting", claimed_by: "alice", epoch: 2, context_id: hostile });
  const shown = taskDetail(
    {
      ...waiting,
      question: { question: `which?\n${hostile}`, options: [hostile, "b"] },
      messages: [
        { ...said, by: "human", role: "ROLE_USER", parts: [{ text: "fix it" }, { data: { a: 1 } }] },
        { ...said, by: hostile, role: "ROLE_AGENT", parts: [{ text: `two\nlines ${hostile}` }] },
      ],
      artifacts: [
        { artifactId: "a", name: hostile, parts: [{ url: "file:///log" }] },
        { artifactId: "b", parts: [{ raw: "aGk=", filename: hostile, mediaType: "text/plain" }] },
      ],
    },
    now,
  );
  expectGolden(golden("show-asked.txt"), `${shown}\n`);
  expect(shown).not.toMatch(unsafe);
  expect(taskTable([waiting], now, { width: 80, color: false })).toContain("waiting ?");
});

test("a task is shown whole, and safely", () => {
  const shown = taskDetail(
    task(1, {
      name: hostile,
      state: "claimed",
      claimed_by: "alice",
      epoch: 3,
      lease_until: new Date(now + 250_000).toISOString(),
      payload: { note: hostile, files: ["a.ts"] },
      result: `one\n${hostile}`,
      needs: ["019b7a02-77c2-7000-8000-000000000002"],
    }),
    now,
  );
  expectGolden(golden("show.txt"), `${shown}\n`);
  expect(shown).not.toMatch(unsafe);
});
