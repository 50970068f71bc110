import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  InitializeRequestSchema,
  JSONRPCMessageSchema,
  LATEST_PROTOCOL_VERSION as latestVersion,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  PingRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  SUPPORTED_PROTOCOL_VERSIONS as supportedVersions,
  UnsubscribeRequestSchema,
  type CallToolResult,
  type CompleteRequest,
  type CompleteResult,
  type GetPromptResult,
  type InitializeResult,
  type Prompt,
  type ReadResourceResult,
  type Resource,
  type ResourceTemplate,
  type Tool,
} from "@modelcontextprotocol/sdk/types.js";

/** MCP from 2024-10-07 to 2025-11-25, as its SDK has it: no other file here names that. */

export type {
  CallToolResult,
  GetPromptResult,
  InitializeResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Tool,
};

/** Of which template or prompt something is to be completed, and what of it so far. */
export type CompletionReference = CompleteRequest["params"]["ref"];
export type CompletionArgument = CompleteRequest["params"]["argument"];
export type Completion = CompleteResult["completion"];

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
  "resources/list": ListResourcesRequestSchema.shape.params,
  "resources/templates/list": ListResourceTemplatesRequestSchema.shape.params,
  "resources/read": ReadResourceRequestSchema.shape.params,
  "resources/subscribe": SubscribeRequestSchema.shape.params,
  "resources/unsubscribe": UnsubscribeRequestSchema.shape.params,
  "prompts/list": ListPromptsRequestSchema.shape.params,
  "prompts/get": GetPromptRequestSchema.shape.params,
  "completion/complete": CompleteRequestSchema.shape.params,
} as const;
