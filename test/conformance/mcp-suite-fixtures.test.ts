import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { startFixtureServer } from "../support/conformance/fixture-server.ts";
import { judge, type Check } from "../support/conformance/suite.ts";

/** All that MCP's own conformance suite counts, against the endpoint of the daemon's /mcp with the suite's catalogue behind it. */

setDefaultTimeout(240_000);

const server = startFixtureServer();
afterAll(() => server[Symbol.asyncDispose]());

/** What cord does not build: sampling, elicitation and logging, as they were before 2026-07-28. */
const notBuilt = [
  "elicitation-sep1034-defaults",
  "elicitation-sep1330-enums",
  "logging-set-level",
  "tools-call-elicitation",
  "tools-call-sampling",
  "tools-call-with-logging",
];

describe("MCP", () => {
  test("2025-11-25 fails no scenario that counts, but those of what is not built", async () => {
    const checks = await judge(server.url, "2025-11-25");
    expect([...new Set(failed(checks).map(({ scenario }) => scenario))].toSorted()).toEqual(notBuilt);
    expect(passed(checks)).toBeGreaterThanOrEqual(30);
  });

  test("2026-07-28 fails no scenario that counts", async () => {
    const checks = await judge(server.url, "2026-07-28");
    expect(failed(checks).map(({ scenario, id, why }) => `${scenario}: ${id} | ${why}`)).toEqual([]);
    expect(passed(checks)).toBeGreaterThanOrEqual(100);
  });

  test("leaves nothing held open", () => {
    expect(server.held()).toBe(0);
  });
});

function failed(checks: readonly Check[]): Check[] {
  return checks.filter(({ status, isScored }) => isScored && (status === "FAILURE" || status === "WARNING"));
}

function passed(checks: readonly Check[]): number {
  return checks.filter(({ status, isScored }) => isScored && status === "SUCCESS").length;
}
