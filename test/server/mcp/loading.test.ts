import { expect, test } from "bun:test";
import { loadedWith, naming } from "../../support/loaded.ts";

const sdk = "@modelcontextprotocol/sdk";
const modernSdk = "@modelcontextprotocol/server";
const of = (name: string) => (from: string) => from === name || from.startsWith(`${name}/`);

test("nothing of MCP is loaded before the first request for it, and its SDK of 2026-07-28 before the first of that", () => {
  const daemon = [...loadedWith("src/server/daemon.ts"), ...loadedWith("src/server/router.ts")];
  expect(daemon.length).toBeGreaterThan(100);
  expect(daemon.filter((path) => path.startsWith("src/server/mcp/"))).toEqual([]);
  const endpoint = [...loadedWith("src/server/mcp/endpoint.ts")];
  expect(endpoint.filter(of(sdk))).toEqual([`${sdk}/types.js`]);
  expect([...daemon, ...endpoint].filter(of(modernSdk))).toEqual([]);
  expect([...loadedWith("src/server/mcp/modern/endpoint.ts")].filter(of(modernSdk))).toEqual([modernSdk]);
});

test("each of its SDKs is named in one file", () => {
  expect(naming(of(sdk))).toEqual(["src/server/mcp/protocol.ts"]);
  expect(naming(of(modernSdk))).toEqual(["src/server/mcp/modern/protocol.ts"]);
});
