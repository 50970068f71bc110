import { statelessVersion } from "../../../src/core/mcp-version.ts";

/** A request of MCP 2026-07-28, which says in itself what its client is. */
export function statelessCall(method: string, params: object = {}, meta: object = {}): object {
  return { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: { ...envelope, ...meta } } };
}

const envelope = {
  "io.modelcontextprotocol/protocolVersion": statelessVersion,
  "io.modelcontextprotocol/clientInfo": { name: "a test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** The headers that such a request comes with over HTTP. */
export function statelessHeaders(method: string, name?: string): Record<string, string> {
  return {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": statelessVersion,
    "mcp-method": method,
    ...(name === undefined ? {} : { "mcp-name": name }),
  };
}
