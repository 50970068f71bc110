import {
  CallToolRequestSchema,
  InitializeRequestSchema,
  JSONRPCMessageSchema,
  LATEST_PROTOCOL_VERSION as latestVersion,
  ListToolsRequestSchema,
  PingRequestSchema,
  SUPPORTED_PROTOCOL_VERSIONS as supportedVersions,
  type CallToolResult,
  type InitializeResult,
  type Tool,
} from "@modelcontextprotocol/sdk/types.js";

/** MCP from 2024-10-07 to 2025-11-25, as its SDK has it: no other file here names that. */

export type { CallToolResult, InitializeResult, Tool };

export const protocolVersions: readonly string[] = supportedVersions;
export { latestVersion };

/** A message of JSON-RPC: a request, a notification, a result or an error. */
export const JsonRpcMessage = JSONRPCMessageSchema;

/** What each method takes. */
export const parameters = {
  initialize: InitializeRequestSchema.shape.params,
  ping: PingRequestSchema.shape.params,
  "tools/list": ListToolsRequestSchema.shape.params,
  "tools/call": CallToolRequestSchema.shape.params,
} as const;
