import { describe, expect, test } from "bun:test";
import { eventIn, type Event } from "../../src/core/event.ts";
import { parkedSpans, Story, thinned } from "../../src/report/story.ts";
import { at, nodeWith, reportWith } from "../support/browser/report.ts";

let seq = 0;
function event(seconds: number, type: string, data: object, number: number | null = null): Event {
  seq += 1;
  const made = eventIn({
    seq,
    at: at(seconds),
    type,
    data,
    number,
    run_id: "run",
    task_id: number && `task-${number}`,
  });
  if (made === null) throw new Error(`${type} is no event.`);
  return made;
}

function storyOf(...events: Event[]): Story {
  const story = new Story();
  for (const each of events) story.take(each);
  return story;
}

describe("the story of a run", () => {
  test("adds up what attempts have spent, each of which tells of all that it has", () => {
    const progress = (seconds: number, number: number, attempt: number, usd: number) =>
      event(seconds, "attempt.progress", { attempt, usd }, number);
    const { spending } = storyOf(
      progress(1, 1, 1, 0.1),
      progress(2, 2, 1, 0.5),
      progress(3, 1, 1, 0.1),
      progress(4, 1, 1, 0.3),
      event(5, "attempt.ended", { attempt: 1, usd: 0.4 }, 2),
      progress(6, 2, 2, 0.1),
    );
    expect(spending.map(({ at: when, usd }) => [when, Math.round(usd * 10) / 10])).toEqual([
      [at(1), 0.1],
      [at(2), 0.6],
      [at(4), 0.8],
      [at(5), 0.7],
      [at(6), 0.8],
    ]);
  });

  test("has what people did, and when each node was created", () => {
    const story = storyOf(
      event(1, "task.created", {}, 2),
      event(2, "task.told", { by: "human", text: "Faster." }, 2),
      event(3, "task.completed", {}, 2),
    );
    expect(story.happenings).toEqual([
      { at: at(2), type: "task.told", number: 2, by: "human", text: "Faster." },
    ]);
    expect(story.created.get(2)).toBe(at(1));
  });

  test("knows from when to when the run was held up", () => {
    const { happenings } = storyOf(
      event(10, "run.parked", { reason: "the window is used up", until: null }),
      event(12, "run.parked", { reason: "the window is used up", until: at(60) }),
      event(60, "run.unparked", { by: null }),
      event(70, "run.parked", { reason: "again", until: null }),
    );
    const report = reportWith([nodeWith(1, [], { ended_at: at(90) })], { happenings });
    expect(
      parkedSpans(report).map(({ from, to }) => [from, to].map((ms) => new Date(ms).toISOString())),
    ).toEqual([
      [at(10), at(60)],
      [at(70), at(90)],
    ]);
  });

  test("shows the first and the last of many points", () => {
    const points = Array.from({ length: 1000 }, (_, usd) => ({ at: at(usd), usd }));
    const shown = thinned(points, 50);
    expect([shown.length, shown[0]?.usd, shown.at(-1)?.usd]).toEqual([50, 0, 999]);
  });
});
