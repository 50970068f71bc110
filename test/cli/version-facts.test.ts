import { expect, test } from "bun:test";
import { versionFacts, versionLine } from "../../src/cli/version-facts.ts";

test("cord version names each protocol with the versions that it is spoken in", () => {
  expect(versionLine()).toMatch(
    /^cord \S+ \(A2A 1\.0 and 0\.3, MCP 2026-07-28 and 2025-11-25, JSON-RPC 2\.0\)$/,
  );
  expect(versionFacts()).toMatchObject({
    mcp: "2025-11-25",
    jsonrpc: "2.0",
    protocols: { a2a: ["1.0", "0.3"], mcp: ["2026-07-28", "2025-11-25"] },
  });
});
