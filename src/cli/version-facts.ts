import { writeSync } from "node:fs";
import { mcpVersion } from "../core/session.ts";
import { version } from "../core/version.ts";
import { isStdoutClosed } from "./closed-stdout.ts";

/** This cord, and what it runs on and speaks. */
export function versionFacts() {
  return { cord: version, bun: Bun.version, mcp: mcpVersion, jsonrpc: "2.0" };
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
  const { cord, mcp, jsonrpc } = versionFacts();
  return `cord ${cord} (MCP ${mcp}, JSON-RPC ${jsonrpc})`;
}
