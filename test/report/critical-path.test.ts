import { describe, expect, test } from "bun:test";
import { criticalPath } from "../../src/report/critical-path.ts";
import { attemptAt, nodeWith } from "../support/browser/report.ts";

const named = (nodes: Parameters<typeof criticalPath>[0]) =>
  criticalPath(nodes).map(({ number, attempt }) => `${number}-${attempt}`);

describe("the critical path", () => {
  test("leads from the last synthesis over the slowest child, and what it needed, to the root", () => {
    const nodes = [
      nodeWith(1, [attemptAt(0, 10), attemptAt(61, 70, { attempt: 2, phase: "synthesis" })]),
      nodeWith(2, [attemptAt(10, 30)]),
      nodeWith(3, [attemptAt(10, 20)]),
      nodeWith(4, [attemptAt(31, 60)], { needs: [2, 3] }),
      nodeWith(5, [attemptAt(11, 40)]),
    ];
    expect(named(nodes)).toEqual(["1-1", "2-1", "4-1", "1-2"]);
  });

  test("goes over an earlier attempt that came to nothing", () => {
    const nodes = [
      nodeWith(1, [attemptAt(0, 5), attemptAt(50, 60, { attempt: 2, phase: "synthesis" })]),
      nodeWith(2, [attemptAt(5, 20, { exit: "failed" }), attemptAt(22, 49, { attempt: 2 })]),
    ];
    expect(named(nodes)).toEqual(["1-1", "2-1", "2-2", "1-2"]);
  });

  test("takes who created a child that was still at work, where nothing else was over", () => {
    const nodes = [nodeWith(1, [attemptAt(0, 50)]), nodeWith(2, [attemptAt(10, 60)])];
    expect(named(nodes)).toEqual(["1-1", "2-1"]);
  });

  test("ends with what still runs, and is empty where nothing has", () => {
    expect(named([nodeWith(1, [attemptAt(0, 5)]), nodeWith(2, [attemptAt(6, null)])])).toEqual([
      "1-1",
      "2-1",
    ]);
    expect(named([nodeWith(1, [])])).toEqual([]);
  });

  test("ends, also where all began at the same moment", () => {
    const nodes = Array.from({ length: 30 }, (_, at) =>
      nodeWith(at + 1, [attemptAt(0, 0)], { parent: 1, needs: [((at + 1) % 30) + 1] }),
    );
    expect(named(nodes).length).toBeLessThanOrEqual(30);
  });
});
