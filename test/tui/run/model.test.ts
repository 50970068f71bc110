import { describe, expect, test } from "bun:test";
import type { Event, EventType } from "../../../src/core/event.ts";
import { RunModel, type Drawn } from "../../../src/tui/run/model.ts";
import { eventOf, type Given } from "../../support/events.ts";
import { at, nodeView, runOf } from "../../support/terminal/views.ts";

const start = Date.parse("2026-03-01T12:00:00Z");
const after = (seconds: number) => start + seconds * 1000;

const snapshot: Drawn = { run: runOf(), nodes: [] };

let seq = 1;
function event<Type extends EventType>(type: Type, seconds: number, given: Given<Type> = {}): Event {
  seq += 1;
  return eventOf(type, {
    seq,
    at: at(after(seconds)),
    task_id: "id",
    run_id: "0192f3a0",
    number: 1,
    name: "A report",
    kind: "task",
    priority: "normal",
    state: "claimed",
    agent: "engine",
    node: { run_id: "0192f3a0", number: 1, path: "1", epoch: 2, phase: "work" },
    ...given,
  });
}

/** A run of one node, whose attempt began after so many seconds. */
function begun(seconds: number, tries = 1): RunModel {
  const model = new RunModel(snapshot, start);
  model.apply(event("task.created", 0, { state: "pending" }));
  model.apply(event("task.claimed", seconds));
  model.apply(event("attempt.started", seconds, { data: { tries } }));
  return model;
}

describe("the time of a run", () => {
  test("is that in which at least one agent works: a pause is not counted, and two at once count once", () => {
    const model = begun(10);
    expect(model.view(after(15)).worked_ms).toBe(5000);
    model.apply(event("task.created", 15, { number: 2, state: "pending", data: { parent: 1 } }));
    model.apply(event("task.claimed", 16, { number: 2 }));
    model.apply(event("task.waiting", 20, { state: "waiting" }));
    expect(model.view(after(25)).worked_ms).toBe(15_000);
    model.apply(event("task.paused", 30, { number: 2, state: "paused" }));
    expect(model.view(after(90)).worked_ms).toBe(20_000);
    model.apply(event("task.resumed", 100, { number: 2, state: "pending" }));
    model.apply(event("task.claimed", 101, { number: 2 }));
    expect(model.view(after(102)).worked_ms).toBe(21_000);
  });

  test("goes on from what the daemon counted", () => {
    const model = new RunModel({ ...snapshot, run: { ...snapshot.run, worked_ms: 60_000 } }, start);
    expect(model.view(after(9)).worked_ms).toBe(60_000);
    model.apply(event("task.claimed", 10));
    expect(model.view(after(12)).worked_ms).toBe(62_000);
  });

  test("of a node is that of its attempts", () => {
    const model = begun(10);
    model.apply(event("task.released", 20, { state: "pending" }));
    model.apply(event("task.claimed", 50));
    model.apply(event("attempt.started", 50, { data: { tries: 2 } }));
    expect(model.nodes[0]).toMatchObject({ worked_ms: 10_000, running_since: at(after(50)), tries: 2 });
    model.apply(event("task.completed", 55, { state: "completed" }));
    expect(model.nodes[0]).toMatchObject({ worked_ms: 15_000, running_since: null, status: "complete" });
  });
});

describe("an agent", () => {
  test("starts until it is heard of, then does what it says, then thinks", () => {
    const model = begun(10);
    expect(model.nodes[0]).toMatchObject({ isUp: false, activity: null });
    model.progress(1, { model: "sonnet" }, after(11));
    expect(model.nodes[0]).toMatchObject({ isUp: true, activity: null, heardAt: after(11) });
    model.progress(1, { activity: "Bash: make" }, after(12));
    model.progress(1, { activity: null }, after(14));
    expect(model.nodes[0]).toMatchObject({ isUp: true, activity: null, heardAt: after(14) });
  });

  test("does what its engine has told last, not what the daemon heard before", () => {
    const model = begun(10);
    const told = (notice: string | null) =>
      model.apply(event("attempt.progress", 12, { data: { usd: 0, activity: null, notice } }));
    told("of another engine's");
    expect(model.nodes[0]).toMatchObject({ notice: "of another engine's" });
    model.progress(1, { notice: "retry 1" }, after(12));
    model.progress(1, { notice: null }, after(13));
    told("retry 1");
    expect(model.nodes[0]).toMatchObject({ notice: null });
  });

  test("costs more with each report, also when an older one comes late; an estimate may become less", () => {
    const model = begun(10);
    const told = (usd: number, estimated: boolean) =>
      model.apply(event("attempt.progress", 12, { data: { usd, estimated, activity: null, notice: null } }));
    model.progress(1, { usd: 0.5, estimated: true }, after(12));
    told(0.3, true);
    expect(model.view(after(13))).toMatchObject({ usd: 0.5, estimated: true });
    told(0.4, false);
    expect(model.view(after(13))).toMatchObject({ usd: 0.4, estimated: false });
    told(0.2, false);
    expect(model.view(after(13)).usd).toBeCloseTo(0.4);
  });

  test("has used the tokens that the newest report to tell them says its run has", () => {
    const model = new RunModel({ run: { ...snapshot.run, tokens: 500 }, nodes: [nodeView(1)] }, start);
    const told = (tokens: object) =>
      model.apply(
        event("attempt.progress", 12, { data: { usd: 0, activity: null, notice: null, ...tokens } }),
      );
    told({});
    expect(model.view(after(13)).tokens).toBe(500);
    told({ run_tokens: 900 });
    told({ run_tokens: 850 });
    expect(model.view(after(14)).tokens).toBe(850);
  });
});

const spent = (usd: number, attempt: number) => ({ usd, estimated: false, attempt });

describe("the end of an earlier attempt", () => {
  test("counts once: its cost is in the node's already", () => {
    const model = begun(10);
    model.apply(event("attempt.progress", 12, { data: { ...spent(0.5, 1), activity: null, notice: null } }));
    model.apply(event("attempt.started", 50, { data: { tries: 1 } }));
    model.apply(event("attempt.ended", 51, { data: spent(0.5, 1) }));
    expect(model.view(after(52)).usd).toBeCloseTo(0.5);
    model.apply(event("attempt.ended", 53, { data: spent(0.2, 2) }));
    expect(model.view(after(54)).usd).toBeCloseTo(0.7);
  });

  test("counts once also where it began before the snapshot", () => {
    const node = nodeView(1, { status: "active", usd: 0.6, attempt_usd: 0.5 });
    const model = new RunModel({ run: { ...snapshot.run, usd: 0.6 }, nodes: [node] }, start);
    model.apply(event("attempt.ended", 51, { data: spent(0.5, 2) }));
    expect(model.view(after(52)).usd).toBeCloseTo(0.6);
  });

  test("whose cost nobody knows makes the run's one that is known in part only", () => {
    const model = begun(10);
    model.apply(event("attempt.ended", 51, { data: { ...spent(0, 2), counted: false } }));
    expect(model.view(after(52)).uncounted).toBe(1);
  });
});

describe("where a run stands", () => {
  test("follows from who works on it, what holds that up, and what is asked", () => {
    const standing = (model: RunModel) => model.view(start).standing;
    const idle = { ...snapshot.run, standing: "interrupted" as const };
    const model = new RunModel({ ...snapshot, run: idle }, start);
    expect(standing(model)).toBe("interrupted");
    model.apply(event("task.created", 0, { state: "pending" }));
    model.apply(event("attempt.started", 1, { data: { tries: 1 } }));
    expect(standing(model)).toBe("running");
    model.apply(event("task.created", 2, { number: 2, kind: "ask", state: "pending", data: { parent: 1 } }));
    expect(standing(model)).toBe("waiting");
    model.refresh({ ...idle, standing: "parked", trouble: "claude is gone" });
    expect([standing(model), model.view(start).trouble]).toEqual(["parked", "claude is gone"]);
    model.troubled("the API cannot be reached");
    expect(model.view(start).trouble).toBe("the API cannot be reached");
    model.refresh(idle);
    expect(standing(model)).toBe("interrupted");
    model.workedOn();
    expect(standing(model)).toBe("waiting");
    model.refresh({ ...idle, standing: "partial", ended_at: "2026-03-01T12:00:00Z" });
    expect(standing(model)).toBe("partial");
  });
});

test("why a try came to nothing is kept until the node is complete", () => {
  const model = begun(1);
  model.apply(event("task.released", 2, { state: "pending", data: { reason: "it exited with 7" } }));
  model.apply(event("task.claimed", 3));
  expect(model.nodes[0]?.reason).toBe("it exited with 7");
  model.apply(event("task.completed", 4, { state: "completed", data: { result: "done" } }));
  expect(model.nodes[0]?.reason).toBeNull();
});

/** Its root has handed in a plan of two nodes, one of which was decomposed with it. */
function planned(): RunModel {
  const model = new RunModel(snapshot, start);
  model.workedOn();
  model.apply(event("task.created", 0, { state: "pending" }));
  for (const [number, parent] of [
    [2, 1],
    [3, 2],
    [4, 1],
  ] as const)
    model.apply(event("task.created", 1, { number, state: "pending", data: { parent, proposed: true } }));
  model.apply(event("task.waiting", 2, { state: "waiting" }));
  return model;
}

describe("a plan", () => {
  const run = { number: null, task_id: null, state: null, node: null };

  test("holds the run up until it is approved, with what its nodes have planned", () => {
    const model = planned();
    expect(model.view(start).standing).toBe("proposed");
    model.apply(event("run.approved", 3, { ...run, data: { by: "human", parent: 1 } }));
    expect(model.view(start)).toMatchObject({ standing: "running", nodes: [{}, {}, {}, {}] });
    expect(model.view(start).nodes.map(({ proposal }) => proposal)).toEqual([null, null, null, null]);
  });

  test("shows nothing of what was taken out of it, and the needs that a person has changed", () => {
    const model = planned();
    const gone = { by: "human", reason: "it was taken out of the plan", removed: true } as const;
    model.apply(event("task.cancelled", 3, { number: 3, state: "cancelled", data: gone }));
    model.apply(
      event("task.modified", 3, { number: 4, state: "pending", data: { by: "human", needs: [2] } }),
    );
    expect(model.view(start).nodes).toMatchObject([{ number: 1 }, { number: 2 }, { number: 4, needs: [2] }]);
    expect(model.view(start).standing).toBe("proposed");
  });
});
