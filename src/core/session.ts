/** The version of MCP that cord itself speaks, and the newest that it knows. */
export const mcpVersion = "2025-11-25";

/** The headers in which an MCP session travels between a client, or cord's own bridge, and the daemon. */
export const sessionHeaders = {
  /** the session, as MCP's streamable HTTP transport has it */
  id: "mcp-session-id",
  version: "mcp-protocol-version",
  /** the project the client works in, percent-encoded; empty for the user's own board */
  project: "cord-project",
  /** what the client's agent is to be told with the next result, percent-encoded */
  notice: "cord-notice",
  /** which conversation of the client's calls come from, where it has several in turn */
  conversation: "cord-conversation",
  /**
   * What the daemon wants to be reminded of, should it have to begin anew: the number of tasks the session holds, a
   * dot, and what is the daemon's own affair. A client gives back the last it got.
   */
  memory: "cord-memory",
  /** one and the same for a call that is made again because its answer was lost */
  request: "cord-request",
} as const;
