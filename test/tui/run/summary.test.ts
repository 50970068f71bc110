import { expect, test } from "bun:test";
import { join } from "node:path";
import { painter } from "../../../src/tui/terminal/theme.ts";
import { summaryLines } from "../../../src/tui/run/summary.ts";
import type { Summary } from "../../../src/tui/run/summary.ts";
import { expectGolden } from "../../support/golden.ts";

const complete: Summary = {
  run: "0192f3a0",
  outcome: "complete",
  hasReport: true,
  reason: null,
  worked_ms: 134_000,
  lost: 0,
  estimated: false,
  uncounted: 0,
  usd: 0.84,
  totalBudget: 10,
  tokens: { input: 950, cached: 0, output: 14_210 },
  nodes: { complete: 12 },
  firstNode: 2,
  losses: [],
  denials: [],
  strays: [],
  resumable: false,
  totalTokens: null,
  headroom: [],
  higher: null,
};

const stopped: Summary = {
  ...complete,
  outcome: "stopped by a limit",
  hasReport: false,
  reason: "the run spent its $10.00",
  totalBudget: null,
  tokens: { input: 999_960, cached: 812_000, output: 123_456 },
  nodes: { complete: 5, failed: 1, cancelled: 30, pending: 2 },
  losses: [
    {
      number: 3,
      status: "failed",
      goal: "Score\x1b[31m them",
      reason: "claude exited with 1\nAPI Error",
      isMoot: false,
      hasLog: true,
    },
    ...Array.from({ length: 30 }, (_, index) => {
      return {
        number: index + 4,
        status: "cancelled" as const,
        goal: "Write",
        reason: "needs #3, which failed",
        isMoot: false,
        hasLog: false,
      };
    }),
  ],
  denials: [
    { number: 4, tool: "Bash", count: 3 },
    { number: 5, tool: "Write", count: 1 },
  ],
  strays: [
    { pid: 4242, name: "node\x1b[31m" },
    { pid: 4243, name: "vite" },
    { pid: 4244, name: "esbuild" },
    { pid: 4245, name: "esbuild" },
  ],
  resumable: true,
};

const golden = (name: string): string => join(import.meta.dir, "../golden", `${name}.txt`);

test("the summary of a finished run is short", () => {
  expectGolden(golden("summary-complete"), `${summaryLines(complete).join("\n")}\n`);
});

test("the summary of a stopped run says what failed, what was denied, and how to go on", () => {
  expectGolden(golden("summary-stopped"), `${summaryLines(stopped).join("\n")}\n`);
});

test("the summary says what is left of the account, where that is known", () => {
  const headroom = ["5 h 83 %, resets 16:52", "7 d 30 %, resets Sat 18:00"];
  expect(summaryLines({ ...complete, headroom })).toContain(
    "  account    5 h 83 %, resets 16:52; 7 d 30 %, resets Sat 18:00",
  );
});

test("colours do not change what the summary says", () => {
  const colored = summaryLines(stopped, { color: true, width: null });
  expect(colored.join("")).toContain("\x1b[");
  expect(colored.map((line) => Bun.stripANSI(line))).toEqual(summaryLines(stopped));
});

const title = (lost: number) => summaryLines({ ...complete, lost }, { color: true, width: null })[0];

test("a run that is complete but lost nodes is told from one that is whole by its colour too", () => {
  expect(title(5)).toBe(painter(true)("notice", "cord run 0192f3a0  complete but 5 of 12 lost after 2m14s"));
  expect(title(0)).toBe(painter(true)("complete", "cord run 0192f3a0  complete after 2m14s"));
});

test("lines are broken between words where a width is given, and what is to be pasted is not", () => {
  const lines = summaryLines(stopped, { color: false, width: 44 });
  for (const line of lines) if (!line.includes("cord ")) expect(line.length).toBeLessThanOrEqual(44);
  expect(lines).toContain("             cord logs 3 --run 0192f3a0");
  expect(lines.join("\n")).toContain(
    "  cancelled  #4 Write, #5 Write, #6 Write\n             and 27 more: needs #3, which\n             failed\n",
  );
});

const reportIn = (hasReport: boolean) =>
  summaryLines({ ...stopped, hasReport, resumable: false }).filter((line) => line.startsWith("  report"));

test("what a limit has cut short and was put together all the same has its report named", () => {
  expect(reportIn(true)).toEqual(["  report     cord report 0192f3a0"]);
  expect(reportIn(false)).toEqual([]);
});
