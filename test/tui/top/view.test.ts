import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { RunStanding } from "../../../src/core/run.ts";
import { textsOf, type Detail } from "../../../src/tui/top/detail.ts";
import { layoutOf } from "../../../src/tui/top/layout.ts";
import { rowsOf } from "../../../src/tui/top/rows.ts";
import { placed, startState, type TopState } from "../../../src/tui/top/state.ts";
import { topLines, type Scene } from "../../../src/tui/top/view.ts";
import { widthOf } from "../../../src/tui/terminal/width.ts";
import { expectGolden } from "../../support/golden.ts";
import { hostile, unsafe } from "../../support/hostile.ts";
import {
  agentSeen,
  boardTask,
  taskEvent,
  idAt,
  modelOf,
  topTime,
  runTasks,
} from "../../support/terminal/top.ts";

const bug = boardTask(27, {
  name: "Parser drops the last row",
  number: 31,
  kind: "bug",
  priority: "high",
  payload: { file: "src/parse.rs", line: 14 },
});
const held = boardTask(56, {
  name: "Prep the v1.2 release",
  number: 30,
  state: "claimed",
  claimed_by: "feature-a-v1.2",
  epoch: 1,
  lease_until: new Date(topTime + 240_000).toISOString(),
});
const run = runTasks(240, [
  [1, null, "Build a competitive landscape report for fintech", { state: "waiting" }],
  [2, 1, "Identify top fintech competitors", { state: "completed", claimed_by: "engine:vm:1" }],
  [3, 1, "市場調査レポートを作成する", { state: "claimed", claimed_by: "engine:vm:1" }],
  [4, 3, "Collect prices", { state: "failed" }],
  [5, 3, "Which region matters most?", { kind: "ask" }],
  [6, 1, "Write executive report", { state: "pending" }],
]);
const documented = modelOf(
  [
    bug,
    held,
    boardTask(69, { name: "v1.1 stable", number: 29, kind: "ack", priority: "high", state: "completed" }),
    ...run,
  ],
  {
    agents: [
      agentSeen("feature-a-v1.2", 3, { current_task: held.id }),
      agentSeen("hotfix-v1.1", 40),
      agentSeen("gone-home", 900),
    ],
    total: 1209,
  },
);
const bugDetail: Detail = {
  id: bug.id,
  task: { ...bug, needs: [held.id], updated_at: new Date(topTime - 5000).toISOString() },
  texts: textsOf(bug),
  history: [
    taskEvent("task.created", bug, { at: bug.created_at, data: { by: "human" } }),
    taskEvent("task.expired", bug, { at: new Date(topTime - 5000).toISOString(), data: { by: "tab-b" } }),
  ],
  problem: null,
};

const open = {
  is_open: true,
  unread: 0,
  client: "claude",
  client_version: "2.1.332",
  wake: "inbox",
  wakes_left: 18,
} as const;
const tabs = modelOf([bug, held], {
  agents: [
    agentSeen("release-v1.2", 1, {
      ...open,
      state: "busy",
      current_task: held.id,
      folder: "/home/ada/shop-v1.2",
    }),
    agentSeen("hotfix-v1.1", 1, {
      ...open,
      state: "waiting",
      waiting_for: "permission prompt",
      unread: 12,
      name: "Hotfix",
    }),
    agentSeen("codex-shop", 1, {
      ...open,
      client: "codex",
      wake: "queue",
      state: "idle",
      unread: 3,
      wakes_left: 0,
    }),
    agentSeen("gemini-shop", 1, { ...open, client: "gemini", wake: "none" }),
    agentSeen("claude-quiet", 1, { ...open, state: "idle", is_muted: true }),
    agentSeen("shell", 40, { unread: 1 }),
    agentSeen("claude-shop-2", 900, { ...open, is_open: false, unread: 2 }),
  ],
});

function sceneAt(
  size: { width: number; height: number },
  given: Partial<Scene> = {},
  chosen: Partial<TopState> = {},
): Scene {
  const model = given.model ?? documented;
  const state = { ...startState, ...chosen };
  const rows = rowsOf(model, state);
  const page = Math.max(1, layoutOf(size, state)?.page ?? 1);
  return {
    model,
    state: placed(state, { rows, page }),
    rows,
    detail: bugDetail,
    project: "/home/ada/work/fintech",
    now: topTime,
    newsAt: topTime - 200,
    link: "live",
    held: 0,
    ...given,
  };
}

function draw(
  width: number,
  height: number,
  given: Partial<Scene> = {},
  chosen: Partial<TopState> = {},
): string[] {
  return topLines(sceneAt({ width, height }, given, chosen), { width, height, color: false });
}

const golden = (name: string) => join(import.meta.dir, `../golden/${name}.txt`);

describe("a frame of cord top", () => {
  for (const [width, height] of [
    [40, 24],
    [80, 24],
    [120, 36],
  ] as const) {
    test(`shows agents, tasks, trees and detail at ${width} columns`, () => {
      expectGolden(golden(`top-${width}`), `${draw(width, height).join("\n")}\n`);
    });
  }

  test("shows the question, the help, a search that finds nothing and a paused picture", () => {
    const frames = [
      ["question", draw(80, 16, {}, { asking: bug, detail: false })],
      ["help", draw(80, 24, {}, { help: true })],
      ["search", draw(80, 16, {}, { search: "nowhere", detail: false })],
      ["pause", draw(80, 16, { held: 12 }, { paused: true, detail: false })],
      ["reconnecting", draw(80, 16, { link: "reconnecting" }, { stale: true, detail: false })],
      [
        "attention",
        draw(80, 16, {}, { filter: "attention", detail: false, index: 3, message: "Not cancelled." }),
      ],
      ["too small", draw(80, 6)],
    ].flatMap(([name, lines]) => [`-- ${String(name)}`, ...(Array.isArray(lines) ? lines : [])]);
    expectGolden(golden("top-states-80"), `${frames.join("\n")}\n`);
  });

  test("shows of each tab what it does, its client, how it is woken and what it has not read", () => {
    const frames = [
      ["beside the tasks", draw(120, 24, { model: tabs }, { detail: false })],
      ["beside the tasks, in a narrower one", draw(80, 24, { model: tabs }, { detail: false })],
      ["with less room than lines", draw(80, 15, { model: tabs }, { detail: false })],
      ["alone", draw(80, 40, { model: tabs }, { agents: true })],
      [
        "alone, with those who were here, scrolled",
        draw(40, 24, { model: tabs }, { agents: true, stale: true, detailOffset: 99 }),
      ],
    ].flatMap(([name, lines]) => [`-- ${String(name)}`, ...(Array.isArray(lines) ? lines : [])]);
    expectGolden(golden("top-tabs"), `${frames.join("\n")}\n`);
  });

  test("colours with the same text", () => {
    const size = { width: 80, height: 24 };
    const lines = topLines(sceneAt(size), { ...size, color: true });
    expect(lines.join("")).toContain("\x1b[36m●");
    expect(lines.map((line) => Bun.stripANSI(line))).toEqual(draw(80, 24));
  });

  test("fills its size exactly, whatever that is", () => {
    for (let width = 1; width < 140; width += 7) {
      for (let height = 1; height < 50; height += 5) {
        for (const chosen of [
          {},
          { help: true },
          { agents: true },
          { filter: "all" as const, detailOffset: 90 },
        ]) {
          const lines = draw(width, height, {}, chosen);
          expect(lines).toHaveLength(height);
          for (const line of lines) expect(widthOf(line)).toBe(width);
        }
      }
    }
  });

  test("says of a run how much is done, for how long, at what cost, and where it stands", () => {
    const figures = { asks: [], lost: 0, nodes: 6, limit_hit: null, done: 1, worked_ms: 134_000, usd: 0.84 };
    const id = run[0]?.run_id ?? "";
    const rows = RunStanding.options.map((standing) => {
      const more = { asks: standing === "waiting" ? [5] : [], lost: standing === "partial" ? 2 : 0 };
      const trouble = standing === "parked" ? "claude is gone" : null;
      const known = [{ ...figures, ...more, id, standing, trouble, uncounted: 0, estimated: true }];
      return draw(120, 24, { model: modelOf(run, { runs: known }) }, { detail: false }).find((line) =>
        line.includes("#1"),
      );
    });
    expectGolden(golden("top-runs-120"), `${rows.join("\n")}\n`);
  });

  test("leaves the last line to the search while it is typed", () => {
    expect(draw(80, 23, {}, { typing: { text: "", cursor: 0 } }).at(-1)).toStartWith("└");
  });

  test("shows no cursor and no selection in print", () => {
    expect(draw(80, 24, { link: "once" }).join("\n")).not.toContain("▶");
  });

  test("scrolls a long detail no further than its end", () => {
    const long = { ...bug, payload: Array.from({ length: 100 }, (_, at) => `line ${at}`).join("\n") };
    const detail = { ...bugDetail, texts: textsOf(long) };
    expect(draw(80, 30, { detail }, { detailOffset: 1000 }).join("\n")).toContain("expired by tab-b");
  });

  test("says in a task's history to whom it was delivered, and by what", () => {
    const history = [
      taskEvent("task.delivered", bug, { data: { to: "tab-a", by: "wake" } }),
      taskEvent("task.read", bug, { data: { by: "tab-a" } }),
      taskEvent("task.handed_in", bug, { data: { by: "tab-a" } }),
      taskEvent("task.acked", bug, { data: { by: "tab-a", text: "on it" } }),
    ];
    const shown = draw(80, 40, { detail: { ...bugDetail, history } }).join("\n");
    for (const line of [
      "delivered to tab-a by a wake",
      "read by tab-a",
      "handed in by tab-a",
      "acked by tab-a: on it",
    ])
      expect(shown).toContain(line);
  });

  test("lets no control byte of any field reach the terminal", () => {
    const evil = boardTask(3, {
      id: idAt(3, 5),
      name: hostile,
      kind: hostile,
      priority: hostile,
      claimed_by: hostile,
      state: "claimed",
      payload: { [hostile]: hostile },
      result: hostile,
      reason: hostile,
      to: hostile,
      prompt: hostile,
    });
    const model = modelOf([evil], {
      agents: [
        agentSeen(hostile, 1, {
          ...open,
          current_task: evil.id,
          state: "waiting",
          waiting_for: hostile,
          client_version: hostile,
          folder: hostile,
        }),
      ],
    });
    model.apply(taskEvent("attempt.progress", evil, { data: { activity: hostile } }));
    const history = [
      taskEvent("task.failed", evil, { agent: hostile, data: { by: hostile, reason: hostile } }),
    ];
    const detail: Detail = {
      id: evil.id,
      task: { ...evil, needs: [hostile] },
      texts: textsOf(evil),
      history,
      problem: null,
    };
    for (const width of [40, 80, 160]) {
      const given = { model, detail, project: hostile };
      for (const chosen of [
        {},
        { agents: true },
        { search: "pwn" },
        { asking: evil },
        { message: hostile },
      ]) {
        const frame = draw(width, 50, given, chosen);
        expect(frame.join("\n")).not.toMatch(unsafe);
        for (const line of frame) expect(widthOf(line)).toBe(width);
      }
      expect(draw(width, 50, { ...given, detail: { ...detail, problem: hostile } }).join("\n")).not.toMatch(
        unsafe,
      );
    }
  });

  test("cleans only what it shows of many thousand tasks", () => {
    const many = Array.from({ length: 5000 }, (_, at) => boardTask(at + 1, { name: "x".repeat(200) }));
    const model = modelOf(many);
    expect(draw(120, 40, { model }).join("\n")).toContain("tasks: 5000 visible / 5000 total");
  });
});
