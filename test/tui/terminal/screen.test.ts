import { describe, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import type { TreeStatus } from "../../../src/core/words.ts";
import type { NodeView } from "../../../src/tui/run/node-view.ts";
import { runLines } from "../../../src/tui/run/view.ts";
import { Screen } from "../../../src/tui/terminal/screen.ts";
import type { Frame } from "../../../src/tui/terminal/screen.ts";
import { FakeTerminal, ManualTime } from "../../support/terminal/terminal.ts";
import { nodeView, runView } from "../../support/terminal/views.ts";

function world({ columns = 60, rows = 12, mode = "inline" as "inline" | "full" } = {}) {
  const terminal = new FakeTerminal(columns, rows);
  const time = new ManualTime();
  const exits = new EventEmitter();
  const screen = new Screen(terminal, { mode, schedule: time.schedule, exits });
  return { terminal, time, exits, screen };
}

const frameOf =
  (...lines: string[]): Frame =>
  () =>
    lines;

describe("a screen in the course of a shell session", () => {
  test("draws below what is there and leaves the last frame behind", async () => {
    const { terminal, screen } = world();
    terminal.write("$ cord run\r\n");
    screen.draw(frameOf("one", "two"));
    expect(await terminal.lines()).toEqual(["$ cord run", "one", "two"]);
    screen.restore();
    terminal.write("$ ");
    expect(await terminal.lines()).toEqual(["$ cord run", "one", "two", "$ "]);
  });

  test("rewrites the lines that changed and no others, in one synchronized write", async () => {
    const { terminal, time, screen } = world();
    screen.draw(frameOf("alpha", "beta", "gamma"));
    terminal.writes.length = 0;
    time.pass();
    screen.draw(frameOf("alpha", "BETA", "gamma"));
    expect(terminal.writes).toHaveLength(1);
    expect(terminal.writes[0]).toStartWith("\x1b[?2026h");
    expect(terminal.writes[0]).toEndWith("\x1b[?2026l");
    expect(terminal.writes[0]).not.toMatch(/alpha|gamma/);
    expect(await terminal.lines()).toEqual(["alpha", "BETA", "gamma"]);
  });

  test("writes nothing when nothing changed", () => {
    const { terminal, time, screen } = world();
    screen.draw(frameOf("same"));
    terminal.writes.length = 0;
    time.pass();
    screen.draw(frameOf("same"));
    expect(terminal.writes).toEqual([]);
  });

  test("draws once an interval, and then the newest frame", async () => {
    const { terminal, time, screen } = world();
    let drawn = 0;
    const frame =
      (text: string): Frame =>
      () => {
        drawn++;
        return [text];
      };
    for (let index = 0; index < 100; index++) screen.draw(frame(`frame ${index}`));
    expect(drawn).toBe(1);
    time.pass();
    expect(drawn).toBe(2);
    expect(await terminal.lines()).toEqual(["frame 99"]);
    time.pass();
    expect([drawn, time.scheduled]).toEqual([2, 0]);
  });

  test("grows, shrinks and disappears, at the bottom of the screen too", async () => {
    const { terminal, time, screen } = world({ rows: 6 });
    terminal.write("$ \r\n".repeat(9));
    for (const count of [1, 5, 2, 4, 0, 3]) {
      time.pass();
      screen.draw(frameOf(...Array.from({ length: count }, (_, line) => `${count}.${line}`)));
      const live = (await terminal.lines()).filter((line) => !line.startsWith("$"));
      expect(live).toEqual(Array.from({ length: count }, (_, line) => `${count}.${line}`));
    }
  });

  test("clips a frame that is taller or wider than the terminal", async () => {
    const { terminal, time, screen } = world({ columns: 10, rows: 4 });
    terminal.write("$\r\n");
    for (const mark of ["a", "b"]) {
      time.pass();
      screen.draw(() => Array.from({ length: 9 }, (_, line) => `${line}${mark}`.repeat(20)));
    }
    expect(await terminal.lines()).toEqual(["$", "0b0b0b0b0b", "1b1b1b1b1b", "2b2b2b2b2b"]);
  });

  test("prints lines that stay, above the live ones", async () => {
    const { terminal, time, screen } = world({ columns: 20, rows: 5 });
    screen.draw(frameOf("live 1", "live 2"));
    for (let line = 0; line < 12; line++) {
      screen.print([`kept ${line}`]);
      time.pass();
    }
    screen.print(["a line longer than the terminal is wide"]);
    time.pass();
    const kept = Array.from({ length: 12 }, (_, line) => `kept ${line}`);
    const wrapped = ["a line longer than t", "he terminal is wide"];
    expect(await terminal.lines()).toEqual([...kept, ...wrapped, "live 1", "live 2"]);
  });

  test("follows the size of the terminal", async () => {
    const { terminal, time, screen } = world({ columns: 40, rows: 10 });
    terminal.write("$\r\n");
    screen.draw(({ width, height }) => [`${width}`.padEnd(width, "-"), `${height} rows`]);
    for (const [columns, rows] of [
      [20, 10],
      [70, 10],
      [35, 6],
      [36, 20],
    ] as const) {
      await terminal.resize(columns, rows);
      time.pass();
      expect(await terminal.lines()).toEqual(["$", `${columns}`.padEnd(columns, "-"), `${rows - 1} rows`]);
    }
  });

  test("holds a line to type on under the frame, with the cursor in it", async () => {
    const { terminal, time, screen } = world();
    screen.draw(frameOf("tree"));
    screen.prompt({ label: "#7> ", line: { text: "日本 yes", cursor: 2 } });
    time.pass();
    expect(await terminal.lines()).toEqual(["tree", "#7> 日本 yes"]);
    expect(await terminal.cursor()).toEqual({ column: 8, row: 1 });
    expect([terminal.cursorShown, (await terminal.modes()).pastes]).toEqual([true, true]);
    screen.prompt(null);
    time.pass();
    expect(await terminal.lines()).toEqual(["tree"]);
    expect([terminal.cursorShown, (await terminal.modes()).pastes]).toEqual([false, false]);
  });

  test("draws all again when asked, over whatever was written into it", async () => {
    const { terminal, screen } = world();
    screen.draw(frameOf("one", "two"));
    terminal.write("garbage");
    screen.redraw();
    expect(await terminal.lines()).toEqual(["one", "two"]);
  });
});

describe("giving the terminal back", () => {
  for (const mode of ["inline", "full"] as const) {
    test(`leaves no mode behind (${mode}), once`, async () => {
      const { terminal, time, exits, screen } = world({ mode });
      screen.draw(frameOf("one"));
      screen.prompt({ label: "> ", line: { text: "half an answer", cursor: 3 } });
      time.pass();
      screen.restore();
      const written = terminal.writes.length;
      screen.restore();
      screen.draw(frameOf("late"));
      screen.redraw();
      screen.flush();
      expect(terminal.writes).toHaveLength(written);
      expect(await terminal.modes()).toEqual({ wraps: true, pastes: false, synchronized: false });
      expect([terminal.cursorShown, await terminal.isAlternate()]).toEqual([true, false]);
      expect([terminal.listenerCount, exits.listenerCount("exit"), time.scheduled]).toEqual([0, 0, 0]);
      expect(await terminal.lines()).toEqual(mode === "inline" ? ["one"] : []);
    });
  }

  test("happens when the process ends, and what was printed is not lost", async () => {
    const { terminal, exits, screen } = world();
    screen.draw(frameOf("one"));
    screen.print(["a last word"]);
    exits.emit("exit");
    expect(terminal.cursorShown).toBe(true);
    expect(await terminal.lines()).toEqual(["one", "a last word"]);
  });

  test("writes nothing when nothing was drawn", () => {
    const { terminal, screen } = world();
    screen.restore();
    expect(terminal.writes).toEqual([]);
  });
});

describe("a screen of its own", () => {
  test("uses every row, and gives back what it covered", async () => {
    const { terminal, time, screen } = world({ columns: 20, rows: 4, mode: "full" });
    terminal.write("$ cord top\r\n");
    screen.draw(() => ["1", "2", "3", "4", "5"]);
    expect(await terminal.screen()).toEqual(["1", "2", "3", "4"]);
    await terminal.resize(20, 3);
    time.pass();
    expect(await terminal.screen()).toEqual(["1", "2", "3"]);
    screen.print(["kept for later"]);
    time.pass();
    expect(await terminal.screen()).toEqual(["1", "2", "3"]);
    screen.restore();
    expect(await terminal.lines()).toEqual(["$ cord top", "kept for later"]);
  });
});

test("where there is no terminal, only printed lines are written, as they are", () => {
  const written: string[] = [];
  const screen = new Screen(
    { isTTY: false, write: (text) => written.push(text) },
    { exits: new EventEmitter() },
  );
  screen.draw(frameOf("live"));
  screen.prompt({ label: "> ", line: { text: "", cursor: 0 } });
  screen.print(["#4 active  go"]);
  screen.redraw();
  screen.restore();
  screen.print(["the end"]);
  expect(written).toEqual(["#4 active  go\n", "the end\n"]);
});

test("after any sequence of frames, prints, prompts and sizes, the terminal shows the last frame", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomOf(seed);
    const mode = random(3) === 0 ? "full" : "inline";
    const { terminal, time, screen } = world({ columns: 70, rows: 16, mode });
    const nodes: NodeView[] = [nodeView(1, { status: "waiting" })];
    const view = runView(nodes);
    const frame: Frame = (size) => runLines(view, { ...size, color: seed % 2 === 0 });
    const kept: string[] = [];
    let typed: string | null = null;
    for (let step = 0; step < 40; step++) {
      change(nodes, random);
      view.now += 1000;
      if (random(5) === 0) {
        kept.push(`=${step}=`);
        screen.print(kept.slice(-1));
      }
      if (random(6) === 0) await terminal.resize(5 + random(90), 3 + random(20));
      if (random(6) === 0) typed = random(2) === 0 ? null : "answer";
      screen.prompt(typed === null ? null : { label: "> ", line: { text: typed, cursor: 2 } });
      screen.draw(frame);
      time.pass();
      const { columns: width, rows } = terminal;
      const height = mode === "full" ? rows : rows - 1;
      const tree = runLines(view, { width, height: typed === null ? height : height - 1, color: false });
      const expected = typed === null ? tree : [...tree, "> answer".slice(0, 7 + width)];
      const seen =
        mode === "full" ? (await terminal.screen()).slice(0, expected.length) : await terminal.lines();
      if (width < 12) continue;
      expect(seen.slice(-expected.length)).toEqual(expected.map((line) => line.trimEnd()));
      if (mode === "full") expect((await terminal.screen()).slice(expected.length).join("")).toBe("");
    }
    screen.restore();
    expect(await terminal.modes()).toEqual({ wraps: true, pastes: false, synchronized: false });
    expect((await terminal.lines()).filter((line) => line.startsWith("="))).toEqual(kept);
  }
});

const allStatuses: TreeStatus[] = [
  "pending",
  "active",
  "waiting",
  "paused",
  "complete",
  "failed",
  "cancelled",
];

function change(nodes: NodeView[], random: (below: number) => number): void {
  if (random(3) === 0)
    nodes.push(nodeView(nodes.length + 1, { parent: 1 + random(nodes.length), goal: "目標 go" }));
  const node = nodes[random(nodes.length)];
  if (node !== undefined) node.status = allStatuses[random(7)] ?? "pending";
}

function randomOf(seed: number): (below: number) => number {
  let state = seed * 7919;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}
