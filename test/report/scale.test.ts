import { describe, expect, test } from "bun:test";
import { scaleOf, ticks } from "../../src/report/scale.ts";

const hour = 3_600_000;

describe("the axis of a report", () => {
  test("is even where somebody works all the time", () => {
    const scale = scaleOf([{ from: 0, to: 100 }], { from: 0, to: 100 });
    expect([0, 25, 100].map(scale.at)).toEqual([0, 25, 100]);
    expect(scale.gaps).toEqual([]);
  });

  test("draws a night in which nothing ran short, and says so", () => {
    const spans = [
      { from: 0, to: hour },
      { from: 12 * hour, to: 13 * hour },
    ];
    const scale = scaleOf(spans, { from: 0, to: 13 * hour });
    expect(scale.gaps).toEqual([{ from: hour, to: 12 * hour }]);
    expect([0, hour, 12 * hour, 13 * hour].map((ms) => Math.round(10 * scale.at(ms)) / 10)).toEqual([
      0, 47.5, 52.5, 100,
    ]);
  });

  test("never turns back, whatever ran when", () => {
    const spans = Array.from({ length: 40 }, (_, at) => ({ from: at * at * 1000, to: at * at * 1000 + 500 }));
    const scale = scaleOf(spans, { from: 0, to: 2_000_000 });
    const points = Array.from({ length: 1000 }, (_, at) => scale.at(at * 2000));
    for (const [at, point] of points.entries()) expect(point).toBeGreaterThanOrEqual(points[at - 1] ?? 0);
    expect([scale.at(-5), scale.at(9e9)]).toEqual([0, 100]);
  });

  test("holds where nothing has run, and where all began and ended at once", () => {
    expect(scaleOf([], { from: 5, to: 5 }).at(5)).toBe(0);
    expect(scaleOf([{ from: 5, to: 5 }], { from: 5, to: 5 }).at(6)).toBe(100);
  });

  test("has round marks, and few", () => {
    expect(ticks({ from: 0, to: 95_000 }, 6).map(({ after }) => after / 1000)).toEqual([0, 20, 40, 60, 80]);
    expect(ticks({ from: 0, to: 90 * 24 * hour }, 6).length).toBeLessThanOrEqual(7);
  });
});
