import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { reportPage } from "../../src/report/page.ts";
import type { Report, ReportNode } from "../../src/report/report.ts";
import { browserTest } from "../support/browser/tested.ts";
import { at, attemptAt, nodeWith, reportWith } from "../support/browser/report.ts";
import { runOptions } from "../support/run-options.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

const night = 12 * 3600;

/** A run that was parked, left overnight, and goes on: one part runs, one waits for approval, one was never started. */
function openReport(): Report {
  const nodes: ReportNode[] = [
    nodeWith(1, [attemptAt(0, 60)], { status: "waiting" }),
    nodeWith(2, [attemptAt(60, 300, { exit: "limited" }), attemptAt(night, null, { attempt: 2 })], {
      status: "active",
      running_since: at(night),
    }),
    nodeWith(3, [], { status: "pending", needs: [2], proposal: "open", ended_at: null }),
  ];
  const report = reportWith(nodes, {
    result: null,
    made_at: at(night + 600),
    happenings: [
      { at: at(200), type: "run.parked", number: null, by: null, text: "the 5-hour window is used up" },
      { at: at(290), type: "run.unparked", number: null, by: "human", text: "" },
      { at: at(250), type: "task.told", number: 2, by: "human", text: "<b>Faster.</b>" },
    ],
    spending: [
      { at: at(30), usd: 0.1 },
      { at: at(night + 300), usd: 0.9 },
    ],
  });
  report.run = {
    ...report.run,
    status: "active",
    standing: "running",
    ended_at: null,
    options: { ...runOptions, total_budget_usd: 1 },
  };
  return report;
}

browserTest(
  "a run that goes on is drawn as far as it is: what runs, a night, what held it up, what waits",
  async (browser) => {
    const file = join(temporaryDirectory("page"), "run.html");
    writeFileSync(file, reportPage(openReport()));
    const page = await browser.open(file, 400, 800);
    const count = (selector: string) =>
      page.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
    const title = (selector: string) =>
      page.evaluate(`document.querySelector(${JSON.stringify(`${selector} title`)}).textContent`);
    expect(await page.evaluate("document.querySelector('#result p').innerText")).toContain(
      "not over: it is running",
    );
    expect(await count("#timeline .bar")).toBe(3);
    expect(await title("#timeline .gap")).toBe("nothing ran for 11h55m");
    expect(await title("#timeline .parked")).toBe("the 5-hour window is used up (1m30s)");
    // the night takes little of the axis, so that what ran can be seen
    expect(
      await page.evaluate(
        "Math.min(...[...document.querySelectorAll('#timeline .bar')].map((bar) => bar.getBoundingClientRect().width))",
      ),
    ).toBeGreaterThan(10);
    expect(await page.evaluate("document.querySelector('#tree').innerText")).toContain("waits for approval");
    expect(await page.evaluate("document.querySelector('#cost text.ceiling').textContent")).toBe(
      "ceiling $1.00",
    );
    expect(await page.evaluate("document.querySelector('#n2').textContent")).toContain(
      "told by human: <b>Faster.</b>",
    );
    expect(await count("b")).toBe(0);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(page.complaints).toEqual([]);
  },
);

function shown(some: Partial<ReportNode>, attempt = {}): string {
  return reportPage(reportWith([nodeWith(1, [attemptAt(0, 9, attempt)], some)]));
}

describe("a page", () => {
  test("never shows a cost that nobody has told as nothing", () => {
    const page = shown({}, { usd: 0 });
    expect(page).not.toContain("$0.00");
    expect(page).toMatch(/<dt>Cost<\/dt>\s*<dd>–/);
  });

  test("marks a cost that is an estimate", () => {
    expect(shown({ estimated: true })).toContain("~$0.10");
  });

  test("says where a text is cut, and which command prints all of it", () => {
    const page = shown({ result: { text: "abc", length: 1000, json: false } });
    expect(page).toContain("Cut after 3 of 1000 characters.");
    expect(page).toContain("<code>cord show 1 --run 01a1fd89-829a</code>");
  });

  test("holds where no attempt has run", () => {
    expect(reportPage(reportWith([nodeWith(1, [], { status: "pending", ended_at: null })]))).toContain(
      "No attempt has run yet.",
    );
  });
});
