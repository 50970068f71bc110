import { expect, test } from "bun:test";
import { containmentFinding } from "../../../src/cli/doctor/containment.ts";

test("what is weaker than on Linux in how agents are held is said where it is", () => {
  expect(containmentFinding("linux")).toEqual([]);
  expect(containmentFinding("darwin")[0]?.detail).toContain("can escape; see docs/platforms.md");
  expect(containmentFinding("win32")[0]?.detail).toContain("by a job");
});
