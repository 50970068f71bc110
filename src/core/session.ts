/** The version of MCP that cord's own clients speak: the newest that has sessions. */
export const mcpVersion = "2025-11-25";

/** The headers in which an MCP session travels between a client, or cord's own bridge, and the daemon. */
export const sessionHeaders = {
  /** the session, as MCP's streamable HTTP transport has it */
  id: "mcp-session-id",
  version: "mcp-protocol-version",
  /** the session that the bridge holds for a client whose own requests belong to none, as those of MCP 2026-07-28 */
  held: "cord-session",
  /** the project the client works in, percent-encoded; empty for the user's own board */
  project: "cord-project",
  /** what the client's agent is to be told with the next result, percent-encoded */
  notice: "cord-notice",
  /** the tab whose bridge a request comes from */
  tab: "cord-tab",
  /** which conversation of the client's calls come from, where it has several in turn */
  conversation: "cord-conversation",
  /**
   * What the daemon wants to be reminded of, should it have to begin anew: the number of tasks that the session holds and of
   * resources that it has subscribed to, a dot, and what is the daemon's own affair. A client gives back the last it got.
   */
  memory: "cord-memory",
  /** one and the same for a call that is made again because its answer was lost */
  request: "cord-request",
  /** cord's own bridge reads a stream as the answer to a call that waits: older ones did not */
  stream: "cord-stream",
} as const;

/**
 * The event with the daemon's newest `memory`, before the answer in such a stream: its head was sent before the call was
 * made.
 */
export const memoryEvent = "cord-memory";
