import {
  createMcpHandler,
  isSpecType,
  ProtocolError,
  Server,
  type ServerEventBus,
  type ServerOptions,
} from "@modelcontextprotocol/server";

/** MCP 2026-07-28, as its SDK has it: no other file here names that. */

export { createMcpHandler, ProtocolError, Server };
/** Whether a tool, as the older generation lists it, is one here. */
export const isTool = isSpecType.Tool;

export type { ServerEventBus, ServerOptions };
