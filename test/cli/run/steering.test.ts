import { expect, setSystemTime, test } from "bun:test";
import { Steering } from "../../../src/cli/run/steering.ts";
import type { Deed } from "../../../src/tui/run/keys-state.ts";
import { RunModel } from "../../../src/tui/run/model.ts";
import type { Key } from "../../../src/tui/terminal/keys.ts";
import { at, nodeView, runOf } from "../../support/terminal/views.ts";
import { eventOf } from "../../support/events.ts";

/** The keys of a run in which questions come and go. */

const size = { width: 80, height: 24 };
const typed = (text: string): Key => ({ name: "text", text });

const ask = (number: number) => nodeView(number, { type: "ASK", status: "pending" });

function asking() {
  const nodes = [nodeView(1, { status: "active", running_since: at(0) }), ask(2), ask(3)];
  const model = new RunModel({ run: runOf(), nodes }, 0);
  const answers: string[] = [];
  const deeds: Deed[] = [];
  const steering = new Steering(
    model,
    {
      onAnswer: async (number, answer) => void answers.push(`#${number} ${answer}`),
      act: async (deed) => {
        deeds.push(deed);
        return "Done.";
      },
      watch: () => ({ look: () => {}, close: () => {} }),
      onLeave: null,
      onChange: () => {},
      lend: (use) => use(),
    },
    { color: false, hasKeys: true, first: [] },
  );
  const answered = (number: number) => {
    const node = { run_id: "0192f3a0", number, path: `1.${number}`, epoch: 0, phase: "work" as const };
    model.apply(eventOf("task.completed", { number, state: "completed", node, kind: "ask" }));
  };
  const keys = (...all: (Key | string)[]) => {
    for (const key of all) steering.key(typeof key === "string" ? typed(key) : key, size);
  };
  return { steering, answered, keys, answers, deeds, screen: () => steering.lines(size, null).join("\n") };
}

test("what is typed for a question that somebody else has answered meanwhile is no key, and no answer to the next one", () => {
  const it = asking();
  it.keys("des");
  expect(it.steering.prompt()).toMatchObject({ label: "answer #2: ", line: { text: "des" } });
  it.answered(2);
  it.keys("k", "s", "p");
  expect(it.screen()).toContain("#2 was answered meanwhile. Esc goes on.");
  expect(it.deeds).toEqual([]);
  it.keys({ name: "escape", text: "" }, "blue", { name: "enter", text: "" });
  expect(it.answers).toEqual(["#3 blue"]);
});

test("the same where it was chosen in the tree: the selected node is left alone", () => {
  const it = asking();
  it.keys({ name: "down", text: "" }, "a", "stop");
  expect(it.steering.prompt()).toMatchObject({ label: "answer #2: ", line: { text: "stop" } });
  it.answered(2);
  it.keys("ps");
  expect(it.screen()).toContain("#2 was answered meanwhile. Esc goes on.");
  it.keys({ name: "enter", text: "" }, { name: "up", text: "" }, "p");
  expect({ deeds: it.deeds, answers: it.answers }).toEqual({
    deeds: [{ kind: "pause", number: 1 }],
    answers: [],
  });
});

test("what came of a deed gives its line back to the keys after a while", async () => {
  const it = asking();
  it.keys({ name: "up", text: "" }, "p");
  await Promise.resolve();
  expect(it.screen()).toEndWith("Done.");
  setSystemTime(Date.now() + 60_000);
  try {
    expect(it.screen()).not.toContain("Done.");
    expect(it.screen()).toContain("? keys");
  } finally {
    setSystemTime();
  }
});
