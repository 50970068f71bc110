import { writeSync } from "node:fs";
import { a2aVersions } from "../core/a2a-version.ts";
import { statelessVersion } from "../core/mcp-version.ts";
import { mcpVersion } from "../core/session.ts";
import { version } from "../core/version.ts";
import { isStdoutClosed } from "./closed-stdout.ts";

/** This cord, and what it runs on and speaks. */
export function versionFacts() {
  const spoken = { a2a: a2aVersions, mcp: [statelessVersion, mcpVersion], jsonrpc: ["2.0"] };
  return { cord: version, bun: Bun.version, mcp: mcpVersion, jsonrpc: "2.0", protocols: spoken };
}

/**
 * `cord version` without flags, called directly by main: scripts ask at every start, and parsing the command line and
 * opening process's streams would take four times as long as the rest. False when it could not be written: then the
 * command says why.
 */
export function wroteVersion(): boolean {
  if (isStdoutClosed()) return false;
  try {
    writeSync(1, `${versionLine()}\n`);
    return true;
  } catch {
    return false;
  }
}

export function versionLine(): string {
  const { cord, protocols } = versionFacts();
  const [a2a, mcp, jsonrpc] = [protocols.a2a, protocols.mcp, protocols.jsonrpc].map((all) =>
    all.join(" and "),
  );
  return `cord ${cord} (A2A ${a2a}, MCP ${mcp}, JSON-RPC ${jsonrpc})`;
}
