import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { judge, type Check } from "../support/conformance/suite.ts";
import { startTokenProxy, type TokenProxy } from "../support/conformance/token-proxy.ts";
import { daemonProcess, type DaemonProcess } from "../support/machine/daemon.ts";

/** MCP's own conformance suite against the compiled binary, with its token: the scenarios that want nothing of a server but MCP. */

setDefaultTimeout(240_000);

/** The rest calls tools, and reads resources and prompts, that only the suite's own server has. */
const generic: ReadonlySet<string> = new Set([
  "server-initialize",
  "server-session-lifecycle",
  "server-stateless",
  "ping",
  "tools-list",
  "resources-list",
  "prompts-list",
  "server-sse-multiple-streams",
  "dns-rebinding-protection",
  "caching",
  "http-header-validation",
  "sep-2164-resource-not-found",
  "input-required-result-unsupported-methods",
  "input-required-result-ignore-extra-params",
]);

let daemon: DaemonProcess;
let proxy: TokenProxy;
beforeAll(async () => {
  daemon = await daemonProcess();
  proxy = await startTokenProxy(daemon.url, daemon.token);
});
afterAll(async () => {
  proxy[Symbol.dispose]();
  await daemon.end();
});

describe.each([
  ["2025-11-25", 16],
  ["2026-07-28", 60],
])("MCP %s", (version, atLeast) => {
  test("fails no generic scenario", async () => {
    const checks = (await judge(`${proxy.url}mcp`, version)).filter(({ scenario }) => generic.has(scenario));
    expect(checks.filter(isFailed).map(shown)).toEqual([]);
    expect(checks.filter(({ status }) => status === "SUCCESS").length).toBeGreaterThanOrEqual(atLeast);
  });
});

/** Of some scenarios a check wants one of the suite's tools: it says so. */
function isFailed({ status, why }: Check): boolean {
  return status === "FAILURE" && !why.startsWith("Not testable: server does not list the diagnostic tool");
}

function shown({ scenario, id, why }: Check): string {
  return `${scenario}: ${id} | ${why}`;
}
