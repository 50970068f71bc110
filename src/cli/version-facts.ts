import { version } from "../core/version.ts";

/** This cord, and what it runs on and speaks. */
export function versionFacts() {
  return { cord: version, bun: Bun.version, mcp: "2025-11-25", jsonrpc: "2.0" };
}

/**
 * `cord version` without flags, as main calls it: scripts ask at every start, and the reading of a command line and the
 * streams of process would take four times as long as all the rest.
 */
export function printVersion(): number {
  console.log(versionLine());
  return 0;
}

export function versionLine(): string {
  const { cord, mcp, jsonrpc } = versionFacts();
  return `cord ${cord} (MCP ${mcp}, JSON-RPC ${jsonrpc})`;
}
