import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { TreeStatus } from "../../../src/core/words.ts";
import type { NodeView, RunView } from "../../../src/tui/run/node-view.ts";
import { runLines } from "../../../src/tui/run/view.ts";
import { widthOf } from "../../../src/tui/terminal/width.ts";
import { expectGolden } from "../../support/golden.ts";
import { RunModel } from "../../../src/tui/run/model.ts";
import { eventOf } from "../../support/events.ts";
import { at, documented, everything, nodeView, runOf, runView } from "../../support/terminal/views.ts";

const golden = (name: string): string => join(import.meta.dir, "../golden", `${name}.txt`);

const draw = (view: RunView, width: number, height = 60): string[] =>
  runLines(view, { width, height, color: false });

describe("the live view of a run", () => {
  for (const width of [40, 80, 120]) {
    test(`looks as documented at ${width} columns`, () => {
      expectGolden(golden(`run-${width}`), `${draw(documented, width).join("\n")}\n`);
    });

    test(`shows every state and note at ${width} columns`, () => {
      expectGolden(golden(`run-everything-${width}`), `${draw(everything, width).join("\n")}\n`);
    });
  }

  test("colours states, details and reasons when there are colours", () => {
    const lines = runLines(everything, { width: 80, height: 60, color: true });
    expectGolden(golden("run-everything-80-color"), `${lines.join("\n").replaceAll("\x1b", "␛")}\n`);
    expect(lines.map((line) => Bun.stripANSI(line))).toEqual(draw(everything, 80));
  });

  test("folds what gives way first as the screen gets lower", () => {
    const shapes = [24, 16, 12, 8, 4].map((height) => [`-- ${height} rows`].concat(draw(crowd, 80, height)));
    expectGolden(golden("run-folded-80"), `${shapes.flat().join("\n")}\n`);
  });

  test("is never wider nor taller than its size, whatever the tree", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const view = randomView(seed);
      const width = 1 + ((seed * 37) % 130);
      const height = (seed * 17) % 45;
      for (const color of [false, true]) {
        const lines = runLines(view, { width, height, color });
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }
    }
  });

  test("says how the children of a node come about and run, from the event that it began with on", () => {
    const model = new RunModel({ run: runOf(), nodes: [nodeView(1)] }, 0);
    const shapes = [
      { type: "serial" },
      { for_each: 2, resolve: "any" },
      { for_each: 2, type: "serial" },
    ] as const;
    for (const [index, shape] of shapes.entries())
      model.apply(
        eventOf("task.created", {
          number: index + 2,
          state: "pending",
          data: { parent: 1, needs: [], shape },
        }),
      );
    const lines = draw(model.view(0), 80).map((line) => /\((?!needs).*\)/.exec(line)?.[0]);
    expect(lines.filter((line) => line !== undefined)).toEqual([
      "(serial)",
      "(each of #2, any)",
      "(each of #2, serial)",
    ]);
  });

  test("counts every node it does not show", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const view = randomView(seed);
      const lines = draw({ ...view, notices: [] }, 150, 12).slice(1);
      const folded = lines.filter((line) => line.trimStart().startsWith("…"));
      const hidden = folded
        .flatMap((line) => (line.match(/\d+/g) ?? []).map(Number))
        .reduce((a, b) => a + b, 0);
      const shown = lines.filter((line) => /^ *[○●✓✗⊘‖?] #/.test(line)).length;
      expect(shown + hidden).toBe(view.nodes.length);
    }
  });

  test("shows what is active, failed or asks even when thousands are done", () => {
    const nodes = [nodeView(1, { status: "waiting" })];
    for (let number = 2; number <= 3000; number++) nodes.push(nodeView(number, { status: "complete" }));
    nodes[1500] = nodeView(1501, { status: "active", goal: "the busy one" });
    nodes[2000] = nodeView(2001, { status: "failed", goal: "the broken one" });
    nodes[2500] = nodeView(2501, { type: "ASK", status: "active", goal: "the question" });
    const text = draw(runView(nodes), 80, 20).join("\n");
    for (const goal of ["the busy one", "the broken one", "the question"]) expect(text).toContain(goal);
    expect(text).toContain("… 1499 done");
  });

  test("shows the next pending nodes in the rows that are left", () => {
    const nodes = [nodeView(1, { status: "waiting" })];
    for (let number = 2; number <= 60; number++) nodes.push(nodeView(number));
    const lines = draw(runView(nodes), 80, 12);
    expect(lines).toHaveLength(12);
    expect(lines.slice(2, 4)).toEqual(["  ○ #2 [pending]  TASK Goal 2", "  ○ #3 [pending]  TASK Goal 3"]);
    expect(lines.at(-1)).toBe("  … 50 pending");
  });

  test("draws a node whose parent is not there, and survives a circle of parents", () => {
    const lost = draw(runView([nodeView(3, { parent: 2 })]), 80);
    expect(lost[1]).toBe("○ #3 [pending]  TASK Goal 3");
    expect(draw(runView([nodeView(2, { parent: 3 }), nodeView(3, { parent: 2 })]), 80)).toHaveLength(1);
  });

  test("lets no control byte of any field reach the terminal", () => {
    const evil = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\r\n\u202e\x9b31m";
    const question = { text: `${evil}other`, options: [evil], default: evil, target: "human" as const };
    const fields = { goal: evil, activity: evil, notice: evil, result: evil, reason: evil };
    const statuses: TreeStatus[] = [
      "pending",
      "active",
      "waiting",
      "paused",
      "complete",
      "failed",
      "cancelled",
    ];
    const nodes = statuses.map((status, index) => nodeView(index + 1, { status, ...fields }));
    nodes.push(nodeView(8, { type: "ASK", status: "active", ...fields, question }));
    const view = runView(nodes, { goal: evil, notices: [evil] });
    for (const line of draw(view, 100)) expect(line).not.toMatch(/[\p{Cc}\u202e]|ZXZp/u);
  });
});

const one = (given: Partial<NodeView>, width = 100) =>
  draw(runView([nodeView(2, given)], { goal: "A report" }), width).slice(1);

describe("a node", () => {
  test("gives its goal what time and cost leave, and cuts nothing while its line has room", () => {
    const spent = { status: "complete" as const, worked_ms: 41_000, usd: 0.12 };
    const goal = "a ".repeat(29) + "z";
    expect(one({ ...spent, goal }, 94)).toEqual([`✓ #2 [complete] TASK ${goal}  41s    $0.12`]);
    expect(one({ ...spent, goal }, 93)).toEqual([`✓ #2 [complete] TASK ${goal.slice(0, -2)}…  41s    $0.12`]);
    const doing = {
      status: "active" as const,
      running_since: at(122_000),
      activity: "Bash: " + "x".repeat(40),
    };
    const long = nodeView(3, { ...spent, goal: "another, which is longer than it" });
    const lines = draw(runView([nodeView(2, doing), long]), 90);
    expect(lines[1]).toEndWith(`  12s  ${doing.activity}`);
    expect(lines[2]).toEndWith("longer than it  41s    $0.12");
  });

  test("that is active, paused or failed shows more of its words than its first line", () => {
    const goal = "Compare the prices of all of them in each of the member states, month by month";
    const reason = "it said that it has no access to the prices, and that it would need a key for them";
    expect(one({ status: "failed", goal, reason }, 60)).toEqual([
      "✗ #2 [failed]   TASK Compare the prices of all of them in",
      "                each of the member states, month by month",
      "  reason: it said that it has no access to the prices, and",
      "  that it would need a key for them",
    ]);
    expect(one({ status: "active", goal, activity: "Read: prices.csv" }, 60)).toEqual([
      "● #2 [active]   TASK Compare the prices of all of them in",
      "                each of the member states, month by month",
      "  Read: prices.csv",
    ]);
    expect(one({ status: "paused", goal }, 60).at(-1)).toBe("  cord resume 2");
    expect(one({ status: "pending", goal }, 60)).toEqual([
      "○ #2 [pending]  TASK Compare the prices of all of them in e…",
    ]);
  });

  test("says what its agent does: it starts, it thinks, it uses a tool, it is held up; and which try it is", () => {
    const active = { status: "active" as const, running_since: at(122_000), heardAt: 126_000, tries: 1 };
    const seen = (given: Partial<NodeView>) =>
      one({ ...active, ...given })[0]?.slice("● #2 [active]   ".length);
    expect(seen({ isUp: false })).toBe("TASK Goal 2  12s  starting");
    expect(seen({})).toBe("TASK Goal 2  12s  thinking 8s");
    expect(seen({ activity: "Bash: make" })).toBe("TASK Goal 2  12s  Bash: make");
    expect(seen({ notice: "has said nothing for 45 s" })).toBe("TASK Goal 2  12s  has said nothing for 45 s");
    expect(seen({ tries: 2 })).toBe("TASK Goal 2  12s  2nd try  thinking 8s");
    expect(seen({ usd: 0.03, estimated: true, phase: "synthesis", tries: 3 })).toBe(
      "TASK Goal 2  12s    ~$0.03  3rd try  synthesis  thinking 8s",
    );
  });

  test("that is complete says what is to be known of its result", () => {
    const node = { status: "complete" as const, worked_ms: 9000, reason: "no complete(); its last text" };
    expect(one(node)).toEqual(["✓ #2 [complete] TASK Goal 2  9s  no complete(); its last text"]);
  });

  test("that follows from another's end says only that, however long the other's reason is", () => {
    const reason = "it ended without calling complete() and without a final text";
    const second = `it needs #2, which failed: ${reason}`;
    const nodes = [
      nodeView(2, { status: "failed", reason }),
      nodeView(3, { status: "cancelled", reason: second }),
      nodeView(4, {
        status: "cancelled",
        reason: `it needs #3, which was cancelled: ${second.slice(0, 80)}`,
      }),
    ];
    const reasons = draw(runView(nodes), 120).filter((line) => line.includes("reason:"));
    expect(reasons.map((line) => line.trim())).toEqual([
      `reason: ${reason}`,
      "reason: it needs #2, which failed",
      "reason: it needs #3, which was cancelled",
    ]);
  });

  test("names the node whose long reason it has too", () => {
    const reason = "the API does not know the model claude-nothing-9; name another with --model";
    const nodes = [
      nodeView(1, { status: "waiting" }),
      nodeView(2, { status: "cancelled", reason }),
      nodeView(3, { status: "failed", reason }),
      nodeView(4, { status: "failed", reason }),
      nodeView(5, { status: "cancelled", reason: "short" }),
      nodeView(6, { status: "cancelled", reason: "short" }),
    ];
    const reasons = draw(runView(nodes), 120).filter((line) => line.includes("reason:"));
    expect(reasons.map((line) => line.trim())).toEqual([
      "reason: as #3",
      `reason: ${reason}`,
      "reason: as #3",
      "reason: short",
      "reason: short",
    ]);
  });
});

const head = (given: Partial<RunView>, nodes: NodeView[] = [nodeView(1), nodeView(2)]) =>
  draw(runView(nodes, { goal: "A report", agents: 0, ...given }), 120)[0];

describe("the head", () => {
  test("says how much is done, for how long agents worked, and what it cost, or about did", () => {
    expect(head({ agents: 1 })).toBe("cord run  A report  0/2  2m14s  $0.84 of $10.00  1 agent");
    expect(head({ done: 1, estimated: true, totalBudget: null })).toBe(
      "cord run  A report  1/2  2m14s  ~$0.84  0 agents",
    );
  });

  test("says where a run stands that does not simply go on", () => {
    const figures = "cord run  A report  0/2  2m14s  $0.84 of $10.00  ";
    const ask = nodeView(8, { type: "ASK", goal: "Which?" });
    expect(head({ standing: "waiting" }, [nodeView(1), ask])).toBe(`${figures}waits for you (#8)`);
    expect(head({ standing: "interrupted" })).toBe(`${figures}interrupted`);
    expect(head({ standing: "complete" })).toBe(`${figures}complete`);
    expect(head({ standing: "partial", lost: 1 })).toBe(`${figures}complete but 1 of 2 lost`);
    expect(head({ standing: "limited", limit_hit: "total budget" })).toBe(`${figures}stopped by budget`);
    expect(head({ standing: "failed" })).toBe(`${figures}failed`);
  });

  test("takes a line more where it is narrow, and cuts nothing that a person must see", () => {
    const asked = [nodeView(1), nodeView(8, { type: "ASK", goal: "Which?" })];
    const lines = draw(runView(asked, { goal: "A report", standing: "waiting" }), 40);
    expect(lines.slice(0, 3)).toEqual([
      "cord run  A report",
      "0/2  2m14s  $0.84 of $10.00  3 agents",
      "waits for you (#8)",
    ]);
  });

  test("tells the tokens of a run that is bounded by them, since a subscriber has no dollars", () => {
    const given = { goal: "A report", totalBudget: null, tokens: 1_234_567, totalTokens: 5_000_000 };
    const [head] = draw(runView([nodeView(1)], given), 80);
    expect(head).toEndWith("0/1  2m14s  $0.84  1.2M of 5M tokens  3 agents");
  });

  test("has what holds up the run under the tree, in words that are not cut", () => {
    const trouble = "the disk under /data is full, 0 bytes are free; it goes on by itself when there is room";
    const given = {
      standing: "parked" as const,
      trouble,
      notices: [`No agent is started for now. ${trouble}`],
      goal: "A report",
    };
    const lines = draw(runView([nodeView(1)], given), 66);
    expect(lines[0]).toEndWith("  parked");
    expect(lines.slice(-2)).toEqual([
      "! parked: the disk under /data is full, 0 bytes are free; it goes",
      "  on by itself when there is room",
    ]);
  });

  test("says of an account that is used up when the run goes on, and of one that nearly is how much is used", () => {
    const now = new Date(2026, 10, 26, 16, 9).getTime();
    const sentence = "The 5-hour window is used up; the run goes on at 16:52.";
    const given = {
      now,
      standing: "parked" as const,
      trouble: sentence,
      parked: { reason: "the 5-hour window is used up", until: at(now + 42 * 60_000) },
      windows: [
        { name: "five_hour", status: "rejected" as const, utilization: 1, resets_at: at(now + 42 * 60_000) },
        {
          name: "seven_day",
          status: "allowed" as const,
          utilization: 0.83,
          resets_at: at(now + 90 * 60_000),
        },
        { name: "seven_day_opus", status: "allowed" as const, utilization: 0.2, resets_at: null },
      ],
      notices: ["News.", sentence],
    };
    const lines = draw(runView([nodeView(1)], given), 80);
    expect(lines.slice(-3)).toEqual([
      "! 7 d 83 %, resets 17:39",
      "! News.",
      "! limit: the 5-hour window is used up, goes on at 16:52 (43 min)",
    ]);
    const narrow = runLines(runView([nodeView(1)], given), { width: 40, height: 10, color: false });
    expect(narrow.slice(-2)).toEqual([
      "! limit: the 5-hour window is used up,",
      "  goes on at 16:52 (43 min)",
    ]);
    const left = { ...given, standing: "interrupted" as const, trouble: null };
    expect(draw(runView([nodeView(1)], left), 80).at(-1)).toBe(
      "! limit: the 5-hour window is used up, and resets at 16:51",
    );
    const later = { ...left, now: now + 43 * 60_000, notices: [] };
    expect(draw(runView([nodeView(1)], later), 80).at(-1)).toBe("! 7 d 83 %, resets 17:39");
    const low = draw(runView([nodeView(1)], given), 80, 6);
    expect(low.at(-1)).toBe("! limit: the 5-hour window is used up, goes on at 16:52 (43 min)");
  });
});

const crowd: RunView = runView(
  [
    nodeView(1, { status: "waiting" }),
    ...[2, 3, 4, 5, 6].map((number) =>
      nodeView(number, { status: "complete", worked_ms: 60_000, usd: 0.2, result: "found it" }),
    ),
    nodeView(7, { status: "active", running_since: at(100_000), activity: "Bash: make", needs: [2] }),
    nodeView(8, { parent: 7, status: "complete", result: "part" }),
    nodeView(9, { parent: 7, status: "failed", reason: "it broke" }),
    nodeView(10, { status: "cancelled", reason: "needs #9, which failed" }),
    nodeView(11, { needs: [7] }),
    nodeView(12, { needs: [11] }),
    nodeView(13),
  ],
  { notices: ["older news", "news"] },
);

const allStatuses: TreeStatus[] = [
  "pending",
  "active",
  "waiting",
  "paused",
  "complete",
  "failed",
  "cancelled",
];

function randomView(seed: number): RunView {
  let state = seed;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const text = (): string =>
    ["short", "日本語の長い目標です".repeat(3), "e\u0301👩‍💻 ".repeat(9), "", "a\x1b[31m\nb"][random(5)] ?? "";
  const nodes: NodeView[] = [];
  const size = 1 + random(80);
  for (let number = 1; number <= size; number++) {
    nodes.push(
      nodeView(number, {
        parent: number === 1 ? null : 1 + random(number - 1),
        type: random(10) === 0 ? "ASK" : "TASK",
        goal: text(),
        status: allStatuses[random(7)] ?? "pending",
        phase: random(2) === 0 ? "work" : "synthesis",
        needs: random(3) === 0 ? [1, 2, 3] : [],
        running_since: random(2) === 0 ? at(5000) : null,
        worked_ms: random(2) === 0 ? 94_000 : 0,
        tries: random(4),
        estimated: random(2) === 0,
        isUp: random(2) === 0,
        heardAt: random(2) === 0 ? 5000 : null,
        usd: random(3),
        activity: random(2) === 0 ? text() : null,
        notice: random(4) === 0 ? text() : null,
        result: random(2) === 0 ? text() : null,
        reason: random(2) === 0 ? text() : null,
        ...(random(2) === 0
          ? { question: { text: text(), options: [text()], default: text(), target: "human" } }
          : {}),
      }),
    );
  }
  return runView(nodes, { goal: text(), notices: [text(), text()].slice(random(3)) });
}
